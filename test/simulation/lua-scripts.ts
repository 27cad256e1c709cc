import { load, type LuaEngine, type RedisHost, type ReplyValue } from 'lua-redis-wasm'
import { withPrelude } from '../../src/embedded/redis/script/prelude.ts'

const most = 2 ** 31 - 1
/** In a table of Lua 5.1 as Redis has it, 32 bits wide: next, type, mark, flags, then whether it is read-only. */
const readOnlyAt = 8

/**
 * Redis's Lua, which compiles a script once. The library has no place to keep what it has compiled, for all
 * tables that outlive a call are read-only; compiling each time takes twice as long as running. So one of
 * them is made writable, in the machine's memory.
 */
export class LuaScripts {
  readonly #engine: LuaEngine
  readonly #numbers = new Map<string, number>()

  private constructor(engine: LuaEngine) {
    this.#engine = engine
  }

  static async load(call: RedisHost['redisCall']): Promise<LuaScripts> {
    const engine = (await load({ profile: 'redis-7.0', limits: { maxFuel: most, maxReplyBytes: most, maxArgBytes: most } })).create({ redisCall: call, redisPcall: call, log: () => {} })
    const address = Number(engine.eval('return tonumber(string.sub(tostring(cjson), 8), 16)'))
    const { exports } = engine as unknown as { readonly exports: { readonly HEAPU8: Uint8Array } }
    exports.HEAPU8[address + readOnlyAt] = 0
    engine.eval("rawset(cjson, 'scripts', {})")
    if (engine.eval("return type(rawget(cjson, 'scripts')) == 'table' and 1 or 0") !== 1) throw new Error('a table of this version of lua-redis-wasm is laid out otherwise')
    return new LuaScripts(engine)
  }

  /** Throws when it cannot be compiled. */
  run(body: string, keys: readonly Buffer[], args: readonly Buffer[]): ReplyValue {
    return this.#engine.evalWithArgs(`return cjson.scripts[${this.#numbers.get(body) ?? this.#compile(body)}]()`, [...keys], [...args])
  }

  #compile(body: string): number {
    const number = this.#numbers.size + 1
    const fault = this.#engine.evalWithArgs(`local made, fault = loadstring(ARGV[1], '@user_script') cjson.scripts[${number}] = made return fault`, [], [withPrelude(body)])
    if (fault !== null) throw new SyntaxError(Buffer.isBuffer(fault) ? fault.toString() : 'a script cannot be compiled')
    this.#numbers.set(body, number)
    return number
  }
}
