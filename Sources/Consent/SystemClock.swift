import Glibc

/// The time of the machine.
public enum SystemClock {
    /// Seconds since 1970.
    public static func now() -> Int { time(nil) }
}
