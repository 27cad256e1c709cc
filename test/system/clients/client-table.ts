import { test } from 'vitest'

interface Row {
  readonly client: string
  readonly what: string
  works: boolean
}

const rows: Row[] = []

/** A test that is a row of the README's table of clients. */
export function works(client: string, what: string, body: () => Promise<void>): void {
  const row: Row = { client, what, works: false }
  rows.push(row)
  test(`${client}: ${what}`, async () => {
    await body()
    row.works = true
  })
}

/** What the tests so far have shown, as the README has it: one line for each client. */
export function clientTable(): string {
  const clients = [...new Set(rows.map(({ client }) => client))]
  const cell = (client: string, worked: boolean): string => rows.filter((row) => row.client === client && row.works === worked).map(({ what }) => what).join('; ')
  return [
    '| Client | Works | Does not |',
    '|---|---|---|',
    ...clients.map((client) => `| ${client} | ${cell(client, true)} | ${cell(client, false) || '–'} |`),
  ].join('\n')
}
