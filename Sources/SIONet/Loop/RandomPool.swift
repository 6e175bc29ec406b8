import CLibUV

/// The system's random numbers, fetched many at a time: an id needs two, and a system call costs as much as both.
///
/// Each number is handed out once and erased, so that what was handed out is not kept in memory here.
package struct RandomPool: RandomNumberGenerator {
    /// The numbers that are fetched at once.
    static let size = 512

    private var numbers = [UInt64](repeating: 0, count: size)
    private var left = 0

    package init() {}

    package mutating func next() -> UInt64 {
        if left == 0 { refill() }
        left -= 1
        defer { numbers[left] = 0 }
        return numbers[left]
    }

    private mutating func refill() {
        let isFilled = numbers.withUnsafeMutableBytes { sio_random($0.baseAddress, $0.count) }
        precondition(isFilled, "the system has no random numbers")
        left = Self.size
    }
}
