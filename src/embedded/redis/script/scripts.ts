import { createHash } from 'node:crypto'
import type { RedisHost, ReplyErrorMeta, ReplyValue } from 'lua-redis-wasm'
import { checkAccess } from '../access/check-access.ts'
import { notPermittedInScript } from '../access/denial-words.ts'
import { denialOf } from '../access/denial.ts'
import { Client } from '../client/client.ts'
import { MillraceError } from '../../../errors.ts'
import { CommandError } from '../command/command-error.ts'
import type { Entry } from '../command/command-table.ts'
import type { CommandContext } from '../command/command.ts'
import type { Engine } from '../engine/engine.ts'
import { outOfMemory } from '../engine/refusal.ts'
import type { Reply } from '../resp/reply.ts'
import { LuaMachine } from './lua-machine.ts'
import { accessCheck, outOfFuel, protocolChoice, raisedMark, seldom, seldomPart, withPrelude } from './prelude.ts'
import { fromLua, toLua } from './script-reply.ts'
import { parseSource, type ScriptSource } from './script-source.ts'

interface Script extends ScriptSource {
  readonly sha: string
  /** By SCRIPT LOAD: kept until SCRIPT FLUSH. */
  loaded: boolean
}

/** Scripts known by EVAL alone are forgotten, the oldest first, when there are more. */
const mostEvaluated = 500
const compileScript = "local f, e = loadstring(ARGV[1], '@user_script') if not f then return e end"

/** What the script that runs may do, and has done. */
interface Run {
  readonly caller: Client
  /** Has the caller's rights; its database and protocol are the script's own. */
  readonly client: Client
  readonly readOnly: boolean
  readonly mayExceedMemory: boolean
  written: boolean
}

/** Lua scripts by the SHA-1 of their text. */
export class Scripts {
  readonly #scripts = new Map<string, Script>()
  #engine: Engine | undefined
  #machine: LuaMachine | undefined
  #run: Run | undefined
  #evaluated = 0

  async start(engine: Engine): Promise<void> {
    this.#engine = engine
    const call: RedisHost['redisCall'] = (args) => toLua(this.#call(args.map((arg) => arg.toString('latin1'))), this.#run!.client.writer.protocol)
    this.#machine = await LuaMachine.start({
      redisCall: call,
      redisPcall: call,
      log: (level, message) => engine.logger[level >= warning ? 'warn' : 'debug']('a script logs', { text: message.toString('latin1') }),
    }, engine.settings.get('busy-reply-threshold'), engine.logger)
  }

  get size(): number {
    return this.#scripts.size
  }

  has(sha: string): boolean {
    return this.#scripts.has(sha.toLowerCase())
  }

  /** Its SHA-1. Throws what Redis answers to a script that cannot be compiled. */
  load(text: string): string {
    const script = this.#compile(text)
    if (!script.loaded) this.#evaluated--
    script.loaded = true
    return script.sha
  }

  flush(): void {
    this.#scripts.clear()
    this.#evaluated = 0
  }

  evaluate(context: CommandContext, text: string, keys: readonly string[], args: readonly string[], readOnly: boolean): Reply {
    return this.#execute(context, this.#compile(text), keys, args, readOnly)
  }

  /** Throws NOSCRIPT when it is not known. */
  evaluateSha(context: CommandContext, sha: string, keys: readonly string[], args: readonly string[], readOnly: boolean): Reply {
    const script = this.#scripts.get(sha.toLowerCase())
    if (script === undefined) throw new CommandError('NOSCRIPT No matching script. Please use EVAL.')
    return this.#execute(context, script, keys, args, readOnly)
  }

  #compile(text: string): Script {
    const sha = createHash('sha1').update(text, 'latin1').digest('hex')
    const known = this.#scripts.get(sha)
    if (known !== undefined) return known
    const source = parseSource(text)
    const fault = this.#machine!.run(compileScript, [], [source.body])
    if (fault === 'broken' || fault === 'none') throw new CommandError(`ERR ${cutShort(fault) ?? noMachine}`)
    if (Buffer.isBuffer(fault)) throw new CommandError(`ERR Error compiling script (new function): ${fault.toString('latin1')}`)
    const script: Script = { ...source, sha, loaded: false }
    this.#scripts.set(sha, script)
    if (++this.#evaluated > mostEvaluated) this.#forgetOldest()
    return script
  }

  #forgetOldest(): void {
    for (const [sha, { loaded }] of this.#scripts) {
      if (loaded) continue
      this.#scripts.delete(sha)
      this.#evaluated--
      return
    }
  }

  #execute({ client, engine }: CommandContext, script: Script, keys: readonly string[], args: readonly string[], readOnly: boolean): Reply {
    if (script.declared && !script.noWrites) {
      const refusal = engine.changeLog.refusal()
      if (refusal !== undefined) throw new CommandError(refusal)
      if (readOnly) throw new CommandError('ERR Can not execute a script with write flag using *_ro command.')
      if (engine.outOfMemory && !script.allowOom) throw new CommandError("OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'")
    }
    const runner = new Client(client.id, client.user, client.db, client.createdMs, true)
    this.#run = { caller: client, client: runner, readOnly: readOnly || script.noWrites, mayExceedMemory: script.allowOom, written: false }
    const value = this.#machine!.run(withPrelude(script.body), keys, args)
    const { written } = this.#run
    this.#run = undefined
    const cut = cutShort(value)
    if (cut !== undefined && written) engine.giveUp(halfDone(cut))
    if (value === 'broken' || value === 'none') throw new CommandError(`ERR ${cut ?? noMachine}`)
    const reply = fromLua(value, runner.writer.protocol, (message, meta) => scriptError(script, cut === undefined ? message : `ERR ${cut}`, meta))
    if (reply instanceof CommandError) throw reply
    return reply
  }

  /** redis.call: a command within the step of the script. */
  #call(args: readonly string[]): Reply {
    const engine = this.#engine!
    const run = this.#run!
    if (args.length === 0) return noArguments()
    if (args[0] === protocolChoice) {
      run.client.writer.protocol = args[1] === '3' ? 3 : 2
      return null
    }
    if (args[0] === seldomPart) return seldom
    if (args[0] === accessCheck) return mayCall(engine, run, args.slice(1))
    let entry: Entry
    try {
      entry = engine.table.find(args)
    } catch (error) {
      const known = error instanceof CommandError && error.message.startsWith('ERR wrong number')
      return new CommandError(known ? 'ERR Wrong number of args calling Redis command from script' : 'ERR Unknown Redis command called from script')
    }
    const refusal = scriptRefusal(engine, run, entry, args)
    if (refusal !== undefined) return refusal
    if (entry.write) run.written = true
    return engine.call(run.client, entry, args)
  }
}

const warning = 3

/** What has begun to write is not refused half way. */
function scriptRefusal(engine: Engine, run: Run, entry: Entry, args: readonly string[]): CommandError | undefined {
  if (entry.noScript) return new CommandError('ERR This Redis command is not allowed from script')
  const denial = checkAccess(engine, run.caller, entry, args, 'lua')
  if (denial !== undefined) return notPermittedInScript(denial)
  if (run.readOnly && (entry.write || entry.mayReplicate)) return new CommandError('ERR Write commands are not allowed from read-only scripts.')
  if (!entry.write || run.written) return undefined
  const refusal = engine.changeLog.refusal()
  if (refusal !== undefined) return new CommandError(refusal)
  return engine.outOfMemory && entry.denyOom && !run.mayExceedMemory ? outOfMemory() : undefined
}

/** redis.acl_check_cmd. */
function mayCall({ table }: Engine, { caller }: Run, args: readonly string[]): Reply {
  if (args.length === 0) return noArguments()
  const entry = table.lookUp(args)
  if (entry === undefined) return new CommandError('ERR Invalid command passed to redis.acl_check_cmd()')
  return denialOf(caller.user, entry, args) === undefined ? 1 : 0
}

function noArguments(): CommandError {
  return new CommandError('ERR Please specify at least one argument for this redis lib call')
}

const noMachine = 'scripts have broken what runs them too often just now, try again'

/** Why Lua could not bring the script to an end of its own; undefined when it did. */
function cutShort(value: ReplyValue | 'broken' | 'none'): string | undefined {
  if (value === 'broken') return 'the script ran out of memory'
  if (value === null || typeof value !== 'object' || !('err' in value) || value.meta === undefined || !value.err.includes(outOfFuel)) return undefined
  return 'the script ran on for longer than busy-reply-threshold and was ended'
}

/** A half-written step is worse than none: Redis lets such a script be ended by SHUTDOWN NOSAVE alone. */
function halfDone(cut: string): MillraceError {
  return new MillraceError('MR_EMBEDDED_SERVER', `${cut}, but it had written already`, {
    remedy: 'correct the script and start the server again: what the script wrote is not in its log',
  })
}

const position = /^ERR user_script:(\d+): /
const tailCall = /\breturn\s+[\w.]+\s*\(/

/** The error that ended a script, with the place where it came up, as Redis words it. */
function scriptError({ sha, body }: Script, message: string, { kind, name, line }: ReplyErrorMeta): CommandError {
  // The engine's words for `error()` and what else is no text.
  let text = message.replace('script execution failed\0', 'nil')
  let at = line
  const mark = text.indexOf(raisedMark)
  if (kind === 'global-read') {
    text = `ERR user_script:${line}: Script attempted to access nonexistent global variable '${name}'`
  } else if (kind === 'command-arg-type') {
    text = 'ERR Lua redis lib command arguments must be strings or integers'
  } else if (mark >= 0) {
    const found = position.exec(text)?.[1]
    at = found === undefined ? lineOfTailCall(body) : Number(found)
    text = text.slice(mark + 1)
  }
  return new CommandError(`${text} script: ${sha}, on @user_script:${at}.`)
}

/** Lua forgets where a function was that ended by `return redis.call(…)`; nearly always it is the last such line. */
function lineOfTailCall(body: string): number {
  return Math.max(0, body.split('\n').findLastIndex((line) => tailCall.test(line))) + 1
}
