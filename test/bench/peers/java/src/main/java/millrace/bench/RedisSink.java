package millrace.bench;

import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.api.java.tuple.Tuple2;

/** Puts the latest counts into Redis, at the latest with a checkpoint; one written twice after a failure does no harm. */
final class RedisSink implements Sink<Tuple2<String, Long>> {
    private final Assignment assignment;

    RedisSink(Assignment assignment) {
        this.assignment = assignment;
    }

    @Override
    public SinkWriter<Tuple2<String, Long>> createWriter(WriterInitContext context) {
        Results results = new Results(assignment, Job.of(assignment), Results.Write.SET);
        flushRegularly(results, context.getProcessingTimeService());
        return new Writer(results);
    }

    /** On the thread that also writes. */
    private void flushRegularly(Results results, ProcessingTimeService time) {
        time.registerTimer(time.getCurrentProcessingTime() + assignment.flushEveryMs(), now -> {
            results.flush();
            flushRegularly(results, time);
        });
    }

    private record Writer(Results results) implements SinkWriter<Tuple2<String, Long>> {
        @Override
        public void write(Tuple2<String, Long> count, Context context) {
            results.counts().set(count.f0, count.f1);
        }

        @Override
        public void flush(boolean endOfInput) {
            results.flush();
            results.awaitFlushed();
        }

        @Override
        public void close() {}
    }
}
