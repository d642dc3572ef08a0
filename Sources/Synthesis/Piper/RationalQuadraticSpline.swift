import Glibc

/// The monotone rational-quadratic spline of neural spline flows (Durkan et al. 2019), inverted, with linear tails.
enum RationalQuadraticSpline {
    private static let minimumWidth = 1e-3
    private static let minimumHeight = 1e-3
    private static let minimumDerivative = 1e-3
    /// Outside of ±5 the spline is the identity.
    private static let bound = 5.0

    /// The x that the spline maps to `y`.
    ///
    /// - Parameters:
    ///   - parameters: `3 · bins − 1` numbers: widths, heights (both divided by `scale` before the softmax) and
    ///     derivatives at the inner knots.
    static func inverse(_ y: Double, parameters: UnsafeBufferPointer<Float>, scale: Double) -> Double {
        let bins = (parameters.count + 1) / 3
        guard y >= -bound, y <= bound else { return y }
        let xs = knots(UnsafeBufferPointer(rebasing: parameters[..<bins]), scale, minimumWidth)
        let ys = knots(UnsafeBufferPointer(rebasing: parameters[bins..<(2 * bins)]), scale, minimumHeight)
        var bin = 0
        while bin + 1 < bins, y >= ys[bin + 1] { bin += 1 }
        /// 1 at both ends, so that the tails continue smoothly.
        func derivative(_ knot: Int) -> Double {
            guard knot > 0, knot < bins else { return 1 }
            let value = Double(parameters[2 * bins + knot - 1])
            // softplus, which PyTorch takes as linear above 20
            return minimumDerivative + (value > 20 ? value : log1p(exp(value)))
        }
        let width = xs[bin + 1] - xs[bin]
        let height = ys[bin + 1] - ys[bin]
        let slope = height / width
        let left = derivative(bin)
        let right = derivative(bin + 1)
        let rise = y - ys[bin]
        let bend = left + right - 2 * slope
        let a = rise * bend + height * (slope - left)
        let b = height * left - rise * bend
        let c = -slope * rise
        let root = 2 * c / (-b - max(0, b * b - 4 * a * c).squareRoot())
        return root * width + xs[bin]
    }

    /// Edges of the bins from −bound to bound.
    private static func knots(_ raw: UnsafeBufferPointer<Float>, _ scale: Double, _ minimum: Double) -> [Double] {
        let largest = Double(raw.max() ?? 0)
        let exponentials = raw.map { exp((Double($0) - largest) / scale) }
        let total = exponentials.reduce(0, +)
        var edges = [-bound]
        var sum = 0.0
        for value in exponentials.dropLast() {
            sum += minimum + (1 - minimum * Double(raw.count)) * value / total
            edges.append(2 * bound * sum - bound)
        }
        return edges + [bound]
    }
}
