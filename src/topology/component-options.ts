import * as v from 'valibot'
import type { ComponentOptions } from './topology.ts'

const count = (most: number) => v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(1, 'must be at least 1'), v.maxValue(most, `must be at most ${most}`))

const entries = {
  parallelism: v.optional(count(10_000)),
  tasks: v.optional(count(10_000)),
  onError: v.optional(v.picklist(['stop', 'skip', 'dead-letter'])),
  retries: v.optional(v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(0, 'must not be negative'))),
  retryBackoffMs: v.optional(v.pipe(v.number(), v.finite('must be finite'), v.minValue(0, 'must not be negative'))),
  maxConcurrency: v.optional(count(1_000_000)),
} satisfies Record<keyof ComponentOptions, v.GenericSchema>

const schema = v.strictObject(entries)

/** What is wrong with a component's options, each by the option's name. */
export function optionFaults(options: unknown): readonly string[] {
  const result = v.safeParse(schema, options)
  if (!result.success) return result.issues.map(faultText)
  const { parallelism, tasks } = result.output
  return parallelism !== undefined && tasks !== undefined && tasks < parallelism
    ? [`tasks: ${tasks} are fewer than parallelism ${parallelism}, and an executor needs at least one`]
    : []
}

export const optionNames: readonly string[] = Object.keys(entries)

function faultText(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue)
  if (path === null) return `the options must be an object, not ${issue.received}`
  return issue.type === 'strict_object' ? `${path}: there is no such option` : `${path}: ${issue.message}`
}
