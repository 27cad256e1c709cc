package millrace.bench;

import java.time.Duration;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Puts the latest counts into Redis; one written twice after a failure does no harm. Streams has no place to
 * wait for them before it commits, so a process killed within a flush leaves Redis behind until a key counts again.
 */
final class CountsToRedis implements Processor<String, Long, Void, Void> {
    private final Duration flushEvery;
    private final Results results;

    CountsToRedis(Assignment assignment) {
        flushEvery = Duration.ofMillis(assignment.flushEveryMs());
        results = new Results(assignment, Job.of(assignment), Results.Write.SET);
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        context.schedule(flushEvery, PunctuationType.WALL_CLOCK_TIME, now -> results.flush());
    }

    @Override
    public void process(Record<String, Long> count) {
        results.counts().set(count.key(), count.value());
    }
}
