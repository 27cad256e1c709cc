package millrace.bench;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichFlatMapFunction;
import org.apache.flink.util.Collector;

/**
 * Emits the keys a record counts by. Records are reported as counted here: Flink's buffers between this
 * and the counting hold so little that it cannot run far ahead.
 */
final class KeysOfValue extends RichFlatMapFunction<byte[], String> {
    private final Assignment assignment;
    private transient Job job;

    KeysOfValue(Assignment assignment) {
        this.assignment = assignment;
    }

    @Override
    public void open(OpenContext context) {
        job = Job.of(assignment);
    }

    @Override
    public void flatMap(byte[] record, Collector<String> keys) {
        job.forEachKey(record, keys::collect);
        Report.counted(1);
    }
}
