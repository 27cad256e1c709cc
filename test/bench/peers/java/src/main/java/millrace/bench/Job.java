package millrace.bench;

import java.util.List;
import java.util.function.Consumer;

/** One of the two jobs: by which keys a record counts, and where in Redis the counts go. For one thread. */
interface Job {
    void forEachKey(byte[] record, Consumer<String> key);

    /**
     * Writes counts: its first argument is the command, HINCRBY for what is to be added and HSET for
     * what is to be stored, the second the time in ms, then come `addArguments` of every key.
     */
    String script();

    void addArguments(String key, long count, List<String> arguments);

    static Job of(Assignment assignment) {
        return assignment.job().equals("ads") ? new Ads(assignment) : new WordCount();
    }
}
