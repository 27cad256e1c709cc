import { errorCode } from '../wire/api/error-code.ts'

const names: ReadonlyMap<number, string> = new Map(Object.entries(errorCode).map(([name, code]) => [code, name]))

/** Kafka's name of an error code, undefined for 0. */
export function errorName(code: number): string | undefined {
  return code === errorCode.NONE ? undefined : names.get(code) ?? `ERROR_${code}`
}
