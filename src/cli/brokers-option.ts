import { Option } from 'commander'
import { filled } from './filled.ts'

/** `--brokers`, or the variable for it. */
export function brokersOption(description: string): Option {
  return new Option('--brokers <list>', description).env('MILLRACE_BROKERS').argParser(filled)
}
