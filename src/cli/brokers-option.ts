import { InvalidArgumentError, Option } from 'commander'

/** `--brokers`, or the variable for it. An empty one is refused, by the name of what is empty: it is a slip in a script, and no wish for the default. */
export function brokersOption(description: string): Option {
  return new Option('--brokers <list>', description).env('MILLRACE_BROKERS').argParser((list: string) => {
    if (list.trim() === '') throw new InvalidArgumentError('It is empty; name brokers like host:port,… or leave it out.')
    return list
  })
}
