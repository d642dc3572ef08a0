import Glibc
import StrictJSON

/// Wall time and processor time of one action.
struct Timing {
    /// Milliseconds on the clock.
    var wall: Double
    /// Milliseconds of all threads together.
    var processor: Double

    var answer: Answer { [("ms", .number(wall)), ("cpu_ms", .number(processor))] }
}

func time<Result>(_ action: () throws -> Result) rethrows -> (Timing, Result) {
    let (wall, processor) = (milliseconds(CLOCK_MONOTONIC), milliseconds(CLOCK_PROCESS_CPUTIME_ID))
    let result = try action()
    let timing = Timing(
        wall: milliseconds(CLOCK_MONOTONIC) - wall, processor: milliseconds(CLOCK_PROCESS_CPUTIME_ID) - processor)
    return (timing, result)
}

func milliseconds(_ clock: clockid_t) -> Double {
    var now = timespec()
    clock_gettime(clock, &now)
    return Double(now.tv_sec) * 1e3 + Double(now.tv_nsec) / 1e6
}
