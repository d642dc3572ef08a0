import Glibc

/// Window functions for short-time transforms.
public enum Window {
    /// The periodic Hann window: w[n] = ½ − ½ cos(2πn/N), computed in double precision. Same as
    /// `torch.hann_window(count)` and `scipy.signal.get_window("hann", count)`.
    public static func hann(_ count: Int) -> [Float] {
        (0..<max(count, 0)).map { Float(0.5 - 0.5 * cos(2 * Double.pi * Double($0) / Double(count))) }
    }
}
