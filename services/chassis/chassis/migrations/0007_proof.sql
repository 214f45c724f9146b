-- With what a channel proves its records on Kafka: derived from its key, which itself is kept as a digest only.
alter table chassis.channel_key add column proof_key bytea;
