import { PushReply, SeveralReplies, type Reply } from '../../resp/reply.ts'
import { CommandError } from '../command-error.ts'
import type { Command, CommandFlag, CommandHandler } from '../command.ts'
import { matchesGlob } from '../glob.ts'
import { container } from '../help.ts'

function subscribe(name: 'subscribe' | 'psubscribe'): CommandHandler {
  return ({ client, engine: { channels } }, args) => {
    const replies: Reply[] = []
    for (const channel of args.slice(1)) {
      if (name === 'subscribe') channels.subscribe(client, channel)
      else channels.subscribePattern(client, channel)
      replies.push(new PushReply([name, channel, client.subscriptions]))
    }
    return new SeveralReplies(replies)
  }
}

/** Without arguments from all of them. */
function unsubscribe(name: 'unsubscribe' | 'punsubscribe'): CommandHandler {
  return ({ client, engine: { channels } }, args) => {
    const own = name === 'unsubscribe' ? client.channels : client.patterns
    const left = args.length > 1 ? args.slice(1) : [...own]
    if (left.length === 0) return new PushReply([name, null, client.subscriptions])
    const replies: Reply[] = []
    for (const channel of left) {
      if (name === 'unsubscribe') channels.unsubscribe(client, channel)
      else channels.unsubscribePattern(client, channel)
      replies.push(new PushReply([name, channel, client.subscriptions]))
    }
    return new SeveralReplies(replies)
  }
}

const publish: CommandHandler = ({ engine: { channels } }, args) => channels.publish(args[1]!, args[2]!)

const channelNames: CommandHandler = ({ engine: { channels } }, args) => {
  if (args.length > 3) throw unknownSyntax('channels')
  const pattern = args[2]
  return Array.from(channels.channels()).filter((channel) => pattern === undefined || matchesGlob(pattern, channel))
}

const numSub: CommandHandler = ({ engine: { channels } }, args) => args.slice(2).flatMap((channel) => [channel, channels.subscribers(channel)])

function unknownSyntax(subcommand: string): CommandError {
  return new CommandError(`ERR unknown subcommand or wrong number of arguments for '${subcommand}'. Try PUBSUB HELP.`)
}

const group = 'pubsub'
const flags: readonly CommandFlag[] = ['pubsub', 'loading', 'stale']

const pubsubCommand = container({ name: 'pubsub', flags: [], group, since: '2.8.0', summary: 'Who listens to what' }, [
  { name: 'channels', syntax: '[<pattern>]', arity: -2, flags, group, since: '2.8.0', summary: 'The channels somebody listens to.', run: channelNames },
  { name: 'numpat', arity: 2, flags, group, since: '2.8.0', summary: 'How many patterns somebody listens to.', run: ({ engine }) => engine.channels.patternCount },
  { name: 'numsub', syntax: '[<channel> ...]', arity: -2, flags, group, since: '2.8.0', summary: 'How many listen to each of the channels.', run: numSub },
])

export const pubsubCommands: readonly Command[] = [
  { name: 'psubscribe', arity: -2, flags: ['pubsub', 'noscript', 'loading', 'stale'], group, since: '2.0.0', summary: 'Listen to the channels that match patterns', run: subscribe('psubscribe') },
  { name: 'publish', arity: 3, flags: ['pubsub', 'loading', 'stale', 'fast'], group, since: '2.0.0', summary: 'Send a message to who listens to a channel', run: publish },
  { name: 'punsubscribe', arity: -1, flags: ['pubsub', 'noscript', 'loading', 'stale'], group, since: '2.0.0', summary: 'Listen to patterns no more', run: unsubscribe('punsubscribe') },
  { name: 'subscribe', arity: -2, flags: ['pubsub', 'noscript', 'loading', 'stale'], group, since: '2.0.0', summary: 'Listen to channels', run: subscribe('subscribe') },
  { name: 'unsubscribe', arity: -1, flags: ['pubsub', 'noscript', 'loading', 'stale'], group, since: '2.0.0', summary: 'Listen to channels no more', run: unsubscribe('unsubscribe') },
  pubsubCommand,
]
