import type { Streams, TupleOf } from '../tuple/fields.ts'

/** A stream a bolt can subscribe to; `T` is what its tuples hold. */
export interface StreamHandle<out T> {
  readonly id: StreamId
  /** Never set: carries the tuple's type only. */
  readonly tuple?: T
}

export interface StreamId {
  readonly component: string
  readonly stream: string
}

/** A component that was set, as a source of streams. */
export interface StreamSource<S extends Streams> {
  /** One of its streams by name. */
  stream<N extends keyof S & string>(name: N): StreamHandle<TupleOf<S[N]>>
}

/** A component stands for its stream `default`, if it has one. */
export type DefaultStream<S extends Streams> = S extends { readonly default: infer F extends S[string] } ? StreamHandle<TupleOf<F>> : unknown

export type SpoutHandle<S extends Streams> = StreamSource<S> & DefaultStream<S>
