import java.util.Properties;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Begins a transaction, writes a record, says so, and tries to commit it when a line comes in. */
class OpenTransaction {
    public static void main(String[] args) throws Exception {
        Properties writing = new Properties();
        writing.put("bootstrap.servers", args[0]);
        writing.put("transactional.id", args[2]);
        writing.put("transaction.timeout.ms", args[3]);
        writing.put("key.serializer", StringSerializer.class.getName());
        writing.put("value.serializer", StringSerializer.class.getName());
        KafkaProducer<String, String> producer = new KafkaProducer<>(writing);
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>(args[1], 0, "k", "from " + args[2])).get();
        System.out.println("open");
        System.in.read();
        try {
            producer.commitTransaction();
            System.out.println("committed");
        } catch (RuntimeException refused) {
            System.out.println("refused " + refused.getClass().getSimpleName());
        }
        System.exit(0);
    }
}
