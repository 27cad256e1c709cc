package millrace.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import redis.clients.jedis.Jedis;

/** Keys are `campaign:start of the window`, of views only; an ad's campaign is asked of Redis once. */
final class Ads implements Job {
    private static final long WINDOW_MS = 10_000;

    private final JsonFactory json = new JsonFactory();
    private final Map<String, String> campaignOf = new HashMap<>();
    private final Jedis redis;

    Ads(Assignment assignment) {
        redis = new Jedis(assignment.redis());
    }

    /** Jackson's streaming parser over the bytes makes no string of a value nobody asks for, and stops where the answer is known. */
    @Override
    public void forEachKey(byte[] record, Consumer<String> key) {
        String ad = null;
        String type = null;
        String time = null;
        try (JsonParser parser = json.createParser(record)) {
            parser.nextToken();
            for (String field; (field = parser.nextFieldName()) != null; ) {
                parser.nextToken();
                switch (field) {
                    case "ad_id" -> ad = parser.getText();
                    case "event_type" -> type = parser.getText();
                    case "event_time" -> time = parser.getText();
                    default -> parser.skipChildren();
                }
                if (type != null && !type.equals("view")) return;
                if (ad != null && type != null && time != null) break;
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
        long at = Long.parseLong(time);
        key.accept(campaignOf.computeIfAbsent(ad, redis::get) + ':' + (at - at % WINDOW_MS));
    }

    @Override
    public String script() {
        return """
                for i = 3, #ARGV, 3 do
                  local campaign, start = ARGV[i], ARGV[i + 1]
                  local window = campaign .. ':' .. start
                  if redis.call('HSETNX', campaign, start, window) == 1 then
                    redis.call('HSETNX', campaign, 'windows', campaign .. ':windows')
                    redis.call('LPUSH', campaign .. ':windows', start)
                  end
                  redis.call(ARGV[1], window, 'seen_count', ARGV[i + 2])
                  redis.call('HSET', window, 'time_updated', ARGV[2])
                end
                """;
    }

    @Override
    public void addArguments(String key, long count, List<String> arguments) {
        int colon = key.lastIndexOf(':');
        arguments.add(key.substring(0, colon));
        arguments.add(key.substring(colon + 1));
        arguments.add(Long.toString(count));
    }
}
