internal import Tensors

/// What the decoder's self-attention remembers of a set of sequences that share their beginnings.
///
/// Every token of every sequence has one cache row per layer. A sequence is a list of row numbers, so that forking and
/// reordering beams copies numbers, never keys or values. Rows that no sequence needs any more are found when the cache
/// is full, before it grows.
struct KeyValueCache {
    let layers: Int
    /// Width of a row.
    let state: Int
    /// Most tokens of a sequence.
    let context: Int

    private(set) var keys: [FloatBuffer] = []
    private(set) var values: [FloatBuffer] = []
    private(set) var capacity = 0
    private var free: [Int32] = []

    /// The row of each position of each sequence, `[sequences, context]`.
    private(set) var slots: [Int32] = []
    /// Tokens of each sequence.
    private(set) var lengths: [Int] = []

    init(layers: Int, state: Int, context: Int) {
        self.layers = layers
        self.state = state
        self.context = context
    }

    /// Starts over with `count` empty sequences.
    mutating func reset(sequences count: Int) {
        lengths = Array(repeating: 0, count: count)
        slots = Array(repeating: 0, count: count * context)
        free = (0..<Int32(capacity)).reversed()
    }

    /// Sequence `i` becomes what sequence `parents[i]` was.
    mutating func select(_ parents: [Int]) {
        var newSlots = [Int32](repeating: 0, count: parents.count * context)
        for (index, parent) in parents.enumerated() {
            for position in 0..<lengths[parent] {
                newSlots[index * context + position] = slots[parent * context + position]
            }
        }
        slots = newSlots
        lengths = parents.map { lengths[$0] }
    }

    /// Gives the next position of `sequence` a row. The sequence must be shorter than `context`.
    mutating func append(to sequence: Int) -> Int {
        let row = takeRow()
        slots[sequence * context + lengths[sequence]] = Int32(row)
        lengths[sequence] += 1
        return row
    }

    private mutating func takeRow() -> Int {
        if free.isEmpty { collect() }
        if let row = free.popLast() { return Int(row) }
        grow()
        return Int(free.removeLast())
    }

    /// Finds the rows that no sequence refers to.
    private mutating func collect() {
        var used = [Bool](repeating: false, count: capacity)
        for (sequence, length) in lengths.enumerated() {
            for position in 0..<length { used[Int(slots[sequence * context + position])] = true }
        }
        free = (0..<Int32(capacity)).reversed().filter { !used[Int($0)] }
        // A cache that is nearly full would be searched for every few tokens.
        if free.count < capacity / 8 { free.removeAll() }
    }

    private mutating func grow() {
        let larger = max(64, capacity * 2)
        for layer in 0..<layers {
            for path in [\KeyValueCache.keys, \KeyValueCache.values] {
                let buffer = FloatBuffer(count: larger * state)
                if capacity > 0 {
                    buffer.pointer.update(from: self[keyPath: path][layer].pointer, count: capacity * state)
                    self[keyPath: path][layer] = buffer
                } else {
                    self[keyPath: path].append(buffer)
                }
            }
        }
        free = (Int32(capacity)..<Int32(larger)).reversed()
        capacity = larger
    }
}
