package millrace.bench;

import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;

/** Emits a key with how often it has been seen, always in the same tuple, as reuse of objects allows. */
final class CountOfKey extends RichMapFunction<String, Tuple2<String, Long>> {
    private transient ValueState<Long> count;
    private transient Tuple2<String, Long> result;

    @Override
    public void open(OpenContext context) {
        count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
        result = new Tuple2<>();
    }

    @Override
    public Tuple2<String, Long> map(String key) throws Exception {
        Long before = count.value();
        Long now = before == null ? 1 : before + 1;
        count.update(now);
        result.setFields(key, now);
        return result;
    }
}
