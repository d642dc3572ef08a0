import Glibc

/// Looks for bytes in what this process can write to: in the heap, the stacks and whatever else is mapped.
public enum MemorySearch {
    /// Over each byte of what is searched for, so that the search does not find itself.
    public static let mask: UInt8 = 0x5A
    /// Bytes that are compared: enough not to be there by chance.
    private static let length = 64

    public struct Failure: Error {}

    /// How often the first bytes of something occur, which is given with ``mask`` over each byte.
    public static func occurrences(of disguised: [UInt8]) throws -> Int {
        let pattern = disguised.prefix(length)
        guard let first = pattern.first.map({ $0 ^ mask }) else { throw Failure() }
        let memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        guard memory >= 0 else { throw Failure() }
        defer { close(memory) }
        let blockSize = 1 << 20
        let block = UnsafeMutablePointer<UInt8>.allocate(capacity: blockSize)
        defer {
            explicit_bzero(block, blockSize)
            block.deallocate()
        }
        var found = 0
        let own = UInt(bitPattern: block)
        for (start, end) in try writable() {
            var address = start
            while address < end {
                let count = pread(memory, block, min(blockSize, Int(end - address)), off_t(exactly: address) ?? 0)
                guard count > 0 else { break }
                var place = 0
                while place + pattern.count <= count,
                    let hit = memchr(block + place, Int32(first), count - pattern.count + 1 - place)
                {
                    let offset = UnsafeRawPointer(hit) - UnsafeRawPointer(block)
                    place = offset + 1
                    // The block is memory too.
                    let address = address + UInt(offset)
                    guard address < own || address >= own + UInt(blockSize) else { continue }
                    if pattern.indices.allSatisfy({ block[offset + $0] ^ mask == pattern[$0] }) { found += 1 }
                }
                address += UInt(count == blockSize ? count - length : count)
            }
        }
        return found
    }

    private static func writable() throws -> [(start: UInt, end: UInt)] {
        guard let maps = fopen("/proc/self/maps", "r") else { throw Failure() }
        defer { fclose(maps) }
        var ranges: [(UInt, UInt)] = []
        var line = [CChar](repeating: 0, count: 4_096)
        while fgets(&line, Int32(line.count), maps) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let words = text.split(whereSeparator: \.isWhitespace)
            let ends = (words.first ?? "").split(separator: "-").compactMap { UInt($0, radix: 16) }
            guard ends.count == 2, words.count > 1, words[1].hasPrefix("rw") else { continue }
            ranges.append((ends[0], ends[1]))
        }
        return ranges
    }
}
