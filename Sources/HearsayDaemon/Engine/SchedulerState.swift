/// Turns that are waited for and turns that are held; everything about their order, and no thread.
struct SchedulerState {
    enum Position { case waiting, running, absent }

    private struct Entry {
        let turn: Turn
        let ticket: UInt64
    }

    private let slots: Int
    var mostWaiting: Int
    private var waiting: [Entry] = []
    private var running: [Turn] = []
    private var tickets: UInt64 = 0
    private var turns: UInt64 = 0
    private var steps: UInt64 = 0
    /// When each user who waits or works was served last.
    private var served: [UInt32: UInt64] = [:]

    init(slots: Int, mostWaiting: Int) {
        self.slots = slots
        self.mostWaiting = mostWaiting
    }

    var status: Scheduler.Status {
        var status = Scheduler.Status()
        for entry in waiting { status.waiting[entry.turn.priority, default: 0] += 1 }
        for turn in running { status.running[turn.priority, default: 0] += 1 }
        status.turns = turns
        status.steps = steps
        status.processorTime = running.reduce(.zero) { $0 + $1.processorTime }
        return status
    }

    mutating func enqueue(_ turn: Turn, isFirst: Bool) throws(DaemonError) {
        // Who had a turn already is never refused.
        guard !isFirst || waiting.count < mostWaiting else {
            throw DaemonError(.busy, "\(waiting.count) requests wait already; try again later")
        }
        tickets += 1
        waiting.append(Entry(turn: turn, ticket: tickets))
    }

    /// Gives free slots to those who are next; returns them.
    mutating func grant() -> [Turn] {
        var granted: [Turn] = []
        while running.count < slots, let index = waiting.indices.max(by: { precedes(waiting[$1], waiting[$0]) }) {
            let turn = waiting.remove(at: index).turn
            turns += 1
            served[turn.user] = turns
            running.append(turn)
            granted.append(turn)
        }
        return granted
    }

    mutating func release(_ turn: Turn) {
        running.removeAll { $0 === turn }
        if !running.contains(where: { $0.user == turn.user }), !waiting.contains(where: { $0.turn.user == turn.user }) {
            served[turn.user] = nil
        }
    }

    /// Takes a waiting turn back; false when it has been given.
    mutating func withdraw(_ turn: Turn) -> Bool {
        let count = waiting.count
        waiting.removeAll { $0.turn === turn }
        return waiting.count < count
    }

    func position(of turn: Turn) -> Position {
        if running.contains(where: { $0 === turn }) { return .running }
        return waiting.contains { $0.turn === turn } ? .waiting : .absent
    }

    /// Counts a step of `holder`; true when somebody waits who should have its turn.
    mutating func step(of holder: Turn, atBoundary: Bool) -> Bool {
        steps &+= 1
        return waiting.contains {
            $0.turn.priority > holder.priority
                || atBoundary && $0.turn.priority == holder.priority
        }
    }

    /// Whether `a` is served before `b`: by urgency, then the user who was served longest ago, then who came first.
    private func precedes(_ a: Entry, _ b: Entry) -> Bool {
        guard a.turn.priority == b.turn.priority else { return a.turn.priority > b.turn.priority }
        let (first, second) = (served[a.turn.user] ?? 0, served[b.turn.user] ?? 0)
        return first == second ? a.ticket < b.ticket : first < second
    }
}
