/// The files that an input stands for: its parts between NUL bytes, the last of which may hold more of them.
func files(in input: UnsafeRawBufferPointer, most: Int) -> [[UInt8]] {
    input.split(separator: 0, maxSplits: most - 1, omittingEmptySubsequences: false).map { Array($0) }
}
