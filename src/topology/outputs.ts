import { defaultStream, type Fields, type Streams, type TupleOf } from '../tuple/fields.ts'

/** What a component declares to emit: the fields of its only stream, or several streams by name. */
export type Outputs = Fields | NamedStreams<Streams>

/** Several output streams. Made by {@link streams}. */
export class NamedStreams<S extends Streams> {
  readonly byName: S

  constructor(byName: S) {
    this.byName = byName
  }
}

/**
 * Declares several output streams: `bolt(streams({ words: { word: 'string' }, errors: { text: 'string' } }), …)`.
 * The stream named `default` is the one meant where no name is given.
 */
export function streams<const S extends Streams>(byName: S): NamedStreams<S> {
  return new NamedStreams(byName)
}

/** No fields declare no stream: the component emits nothing. */
export type StreamsOf<O extends Outputs> = O extends NamedStreams<infer S> ? S
  : O extends Fields ? { readonly [N in 'default' as keyof O extends never ? never : N]: O }
  : never

/** The argument that names the stream: it may be left out for the default one. */
export type StreamArgument<N> = N extends 'default' ? [stream?: N] : [stream: N]

export type TupleIn<S extends Streams, N extends keyof S> = TupleOf<S[N]>

export type DefaultName<S extends Streams> = 'default' extends keyof S ? 'default' : never

/** A fault in what was declared is reported when the topology is built. */
export function declaredStreams(outputs: Outputs): Streams {
  if (outputs instanceof NamedStreams) return outputs.byName
  return isEmptyRecord(outputs) ? {} : { [defaultStream]: outputs }
}

function isEmptyRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
