internal import Glibc

/// How likely chance alone does as well: exact upper bounds, true of every recording whatsoever.
///
/// A recording that was made without the key knows nothing of its pattern, so its correlation with it is a sum of fixed
/// numbers with random signs. No such sum of norm 1 exceeds x with a probability above 3.178 · P(Z ≥ x), Z being normal
/// (V. Bentkus and D. Dzindzalieta, "A tight Gaussian bound for weighted sums of Rademacher random variables", 2015).
/// Nothing is assumed about sound, and nothing is estimated. Where many places are tried, each has a share of 1, and its
/// probability is divided by it (the union bound).
enum ChanceBound {
    /// log₁₀ of the bound for one correlation, normalised to norm 1.
    static func logarithm(correlation: Double) -> Double {
        guard correlation > 0 else { return 0 }
        // erfc underflows beyond 37.
        let tail =
            correlation < 30
            ? log10(0.5 * erfc(correlation / (2.0 as Double).squareRoot()))
            : -(correlation * correlation / 2 + log(correlation * (2 * Double.pi).squareRoot())) / M_LN10
        return min(0, tail + log10(constant))
    }

    /// log₁₀ of the bound where this place has a `share` of all that are tried.
    static func logarithm(correlation: Double, share: Double) -> Double {
        min(0, logarithm(correlation: correlation) - log10(share))
    }

    /// 1 / (4 · P(Z ≥ √2))
    private static let constant = 1 / (2 * erfc(1.0 as Double))
}
