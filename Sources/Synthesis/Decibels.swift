internal import Glibc

enum Decibels {
    /// The factor of an amplitude.
    static func factor(_ decibels: Float) -> Float { powf(10, decibels / 20) }
}

extension Float {
    /// ln x
    static func naturalLogarithm(_ x: Float) -> Float { logf(x) }
}
