"""The unit of work: one fetched batch of one partition, folded and made durable in one transaction.

To be read in this order. `tests/README.md` names its rules, and where each is kept:

- what an agent is to the engine: `api`, `config`, `hooks`
- a record's way in: `source` (fetches, opens, gives up), `batches` (without a hole), `partition` (a chain
  of units), `unit` (folds one), `store` (rows, timers and position), `transaction` (makes them durable)
- a partition's opening: `opening` (fence, read, compare), `changelog`, `kept` (a store that comes back),
  `topic_ids`, `markers`
- what waits for a time: `timers`, `horizon` (no timer before what is upstream of it), `outbox` (its way out)
- much at once: `catching_up` and `owed` (fold first, conclude later), `turns` (units at a time)
- the process: `worker` puts all together, `fatal` ends it, `topics` come first
- watching it: `commits`, `membership`, `progress`, `status`
- roles as processes: `supervisor`, `lifeline`, `health`
- state as files: `export`, `restore`, `portable`, `offline`
- without a broker: `memory`, `memory_timers` (the same agents on a virtual clock)
- about Kafka's client: `clients` (what its starts and ends would do), `keys` (which partition)
"""
