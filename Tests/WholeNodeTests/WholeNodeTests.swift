import Testing

/// Whole nodes on loopback, one at a time: they share two cores with their peers.
@Suite(.serialized, .enabled(if: Repository.hasPython && Repository.hasTool("dcmsend"), "peers missing: run make test"))
struct WholeNodeTests {}
