package millrace.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.function.Consumer;

/** Keys are the words of a sentence. */
final class WordCount implements Job {
    @Override
    public void forEachKey(byte[] record, Consumer<String> key) {
        String sentence = new String(record, UTF_8);
        int start = 0;
        for (int end; (end = sentence.indexOf(' ', start)) >= 0; start = end + 1) key.accept(sentence.substring(start, end));
        key.accept(sentence.substring(start));
    }

    @Override
    public String script() {
        return """
                for i = 3, #ARGV, 2 do redis.call(ARGV[1], 'words', ARGV[i], ARGV[i + 1]) end
                """;
    }

    @Override
    public void addArguments(String key, long count, List<String> arguments) {
        arguments.add(key);
        arguments.add(Long.toString(count));
    }
}
