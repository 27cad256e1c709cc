import { setTimeout as delay } from 'node:timers/promises'
import type { Ended, MillraceProcess } from '../../support/millrace-process.ts'
import { waitUntil, waitWhileRunning } from '../../support/wait-until.ts'
import type { Ground } from '../ground.ts'
import type { FaultKind } from './fault-kind.ts'

/** Records of each partition that are counted again. */
const records = 5_000
const patienceMs = 120_000

/** A replay beside what is live, the process that works on it, and the commands that steer it. */
class Replay {
  readonly #ground: Ground
  #process: MillraceProcess

  constructor(ground: Ground) {
    this.#ground = ground
    this.#process = this.#start()
  }

  /** The process that counts. */
  get ended(): Promise<Ended> {
    return this.#process.ended
  }

  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    await this.#process.ended
  }

  /** The same command again goes on with the same replay. */
  again(): void {
    this.#process = this.#start()
  }

  async counting(): Promise<void> {
    await waitWhileRunning(this.#process, 'the replay to count', async () => ((await this.#ground.beside())?.counted ?? 0) > 0, patienceMs)
  }

  steer(...words: readonly string[]): MillraceProcess {
    return this.#ground.fleet.command(['replay', ...words], {})
  }

  /** As often as it takes: a command that was killed may have been carried out or not. */
  async until(status: 'previous' | 'gone', ...words: readonly string[]): Promise<void> {
    await waitUntil(`the replay to be ${status}`, async () => {
      if (((await this.#ground.beside())?.status ?? 'gone') === status) return true
      await this.steer(...words).ended
      return false
    }, patienceMs)
  }

  /** It is deleted, or live, and its process knows. */
  async over(): Promise<void> {
    const ended = await Promise.race([this.ended, delay(20_000)])
    if (ended === undefined) throw new Error('the process of the replay goes on after its end')
    if (ended.code !== 0) throw new Error(`the process of the replay ended with ${ended.signal ?? ended.code}: ${ended.stderr.slice(-1000)} ${ended.stdout.slice(-1000)}`)
  }

  #start(): MillraceProcess {
    return this.#ground.fleet.command(['replay', '--from', `${records}-back`, '--accept-loss', '--execute', '--brokers', this.#ground.fleet.brokers, '--workers', '2', '--instance', 'replay'], {})
  }
}

const killWhileCounting: FaultKind = {
  name: 'replay: kill -9 while it counts',
  share: 1,
  async strike(ground) {
    const replay = new Replay(ground)
    await replay.counting()
    await replay.kill()
    replay.again()
    await delay(500 + ground.below(2000))
    await replay.kill()
    replay.again()
    await replay.until('previous', 'switch', '--when-caught-up')
    await replay.over()
    await ground.recovered()
    await replay.until('gone', 'drop')
    await ground.recovered()
    return true
  },
}

const killWhileSwitching: FaultKind = {
  name: 'replay: kill -9 while it is switched to',
  share: 2,
  async strike(ground) {
    const replay = new Replay(ground)
    await replay.counting()
    const controller = replay.steer('switch', '--when-caught-up')
    await delay(600 + ground.below(1500))
    const victim = ground.below(3)
    if (victim === 0) controller.kill('SIGKILL')
    else if (victim === 1) await replay.kill()
    else {
      const instance = ground.anInstance()
      await ground.fleet.end(instance, 'SIGKILL')
      ground.fleet.start(instance)
    }
    // Killed after the switch it has nothing to go on with.
    if (victim === 1 && (await ground.beside())?.status === 'building') replay.again()
    await controller.ended
    await replay.until('previous', 'switch', '--when-caught-up')
    if (victim !== 1) await replay.over()
    await ground.recovered()
    await replay.kill()
    await replay.until('gone', 'drop')
    await ground.recovered()
    return true
  },
}

const failpointInSwitch: FaultKind = {
  name: 'replay: the switch itself dies, or loses its reply',
  share: 1,
  async strike(ground) {
    const replay = new Replay(ground)
    await replay.counting()
    const fault = ['generation.send=kill', 'generation.answer=kill', 'generation.answer=lose'][ground.below(3)]!
    const ended = await ground.fleet.command(['replay', 'switch', '--when-caught-up'], { MILLRACE_FAILPOINTS: `${fault}@${1 + ground.below(2)}` }).ended
    await replay.until('previous', 'switch', '--when-caught-up')
    await replay.over()
    await ground.recovered()
    await replay.until('gone', 'drop')
    await ground.recovered()
    return ended.signal === 'SIGKILL' || fault.endsWith('lose')
  },
}

const rollback: FaultKind = {
  name: 'replay: switch and roll back, with a kill between',
  share: 1,
  async strike(ground) {
    const replay = new Replay(ground)
    await replay.counting()
    await replay.until('previous', 'switch', '--when-caught-up')
    await replay.over()
    const instance = ground.anInstance()
    await ground.fleet.end(instance, 'SIGKILL')
    ground.fleet.start(instance)
    await ground.recovered()
    const { code, stderr } = await replay.steer('rollback').ended
    if (code !== 0) throw new Error(`a rollback ended with ${code}: ${stderr.slice(-1000)}`)
    await ground.recovered()
    await replay.until('gone', 'drop')
    await ground.recovered()
    return true
  },
}

export const replayFaults: readonly FaultKind[] = [killWhileCounting, killWhileSwitching, failpointInSwitch, rollback]
