import { load, type LuaEngine, type LuaWasmModule, type RedisHost, type ReplyValue } from 'lua-redis-wasm'
import type { Logger } from '../../../base/logger.ts'
import { asMillraceError } from '../../../errors.ts'
import { serverVersion } from '../command/server/version.ts'

/** What a usual machine does of nothing but Lua. */
const stepsPerMs = 60_000
const mostSteps = 2 ** 31 - 1
const longestBytes = 512 * 1024 * 1024

/** Deeper JSON than this does not fit the engine's stack, which it does not guard. */
const setUp = 'cjson.encode_max_depth(500) cjson.decode_max_depth(500)'

/**
 * Lua in WebAssembly, its memory and its steps bounded. A script that runs out of memory breaks the machine
 * it runs on; the next one then runs on a spare, which is there from the start.
 */
export class LuaMachine {
  readonly #host: RedisHost
  readonly #fuel: number
  readonly #logger: Logger
  #current: LuaEngine | undefined
  #spare: LuaEngine | undefined

  private constructor(host: RedisHost, fuel: number, logger: Logger) {
    this.#host = host
    this.#fuel = fuel
    this.#logger = logger
  }

  /** A script is ended after so many steps as take about `limitMs`; 0: never. */
  static async start(host: RedisHost, limitMs: number, logger: Logger): Promise<LuaMachine> {
    const machine = new LuaMachine(host, Math.min(mostSteps, limitMs * stepsPerMs), logger)
    machine.#current = await machine.#make()
    machine.#loadSpare()
    return machine
  }

  /** Returns what the script does; `broken` when it ran out of memory, `none` when too many did so just before. */
  run(script: string, keys: readonly string[], args: readonly string[]): ReplyValue | 'broken' | 'none' {
    if (this.#current === undefined) return 'none'
    try {
      return this.#current.evalWithArgs(bytes(script), keys.map(bytes), args.map(bytes))
    } catch (error) {
      this.#logger.error('a Lua script ran out of memory', { error })
      this.#current = this.#spare
      this.#spare = undefined
      this.#loadSpare()
      return 'broken'
    }
  }

  #loadSpare(): void {
    this.#make().then(
      (engine) => {
        if (this.#current === undefined) this.#current = engine
        else this.#spare = engine
      },
      (error: unknown) => this.#logger.error('no spare machine for Lua can be made', { error: asMillraceError(error, 'MR_INTERNAL') }),
    )
  }

  async #make(): Promise<LuaEngine> {
    const engine = (await loadLua(this.#fuel)).create(this.#host)
    engine.eval(setUp)
    return engine
  }
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function loadLua(fuel: number): Promise<LuaWasmModule> {
  const [major = 0, minor = 0, patch = 0] = serverVersion.split('.').map(Number)
  return load({
    profile: 'redis-7.0',
    limits: { maxFuel: fuel, maxReplyBytes: longestBytes, maxArgBytes: longestBytes },
    redisProps: {
      REDIS_VERSION: { value: serverVersion },
      REDIS_VERSION_NUM: { value: major * 65_536 + minor * 256 + patch },
      REPL_NONE: { value: 0 },
      REPL_AOF: { value: 1 },
      REPL_SLAVE: { value: 2 },
      REPL_REPLICA: { value: 2 },
      REPL_ALL: { value: 3 },
      set_repl: { returns: null },
      replicate_commands: { returns: true },
      breakpoint: { returns: false },
      debug: { returns: null },
    },
  })
}
