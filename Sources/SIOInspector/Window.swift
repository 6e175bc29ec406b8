import SIOBytes

/// Bytes, and where they lie.
struct Window: Sendable {
    let bytes: [UInt8]
    /// The offset of the first one.
    let base: Int
    let isDerived: Bool

    init(_ bytes: [UInt8], base: Int = 0, isDerived: Bool = false) {
        self.bytes = bytes
        self.base = base
        self.isDerived = isDerived
    }

    var count: Int { bytes.count }
    var isEmpty: Bool { bytes.isEmpty }
    var all: Range<Int> { 0..<count }

    /// The place of a range that counts from the window's first byte.
    func place(_ range: Range<Int>) -> Finding.Place {
        let moved = base + range.lowerBound..<base + range.upperBound
        return isDerived ? .derived(moved) : .input(moved)
    }

    func finding(_ name: String, _ value: String = "", _ range: Range<Int>, parts: [Finding] = []) -> Finding {
        Finding(name, value, at: place(range), parts: parts)
    }

    /// Something is wrong from an offset on.
    func fault(_ expected: String, at offset: Int) -> Finding {
        let offset = min(max(0, offset), count)
        var finding = finding("fault", expected, offset..<min(offset + 1, count))
        finding.isFault = true
        return finding
    }

    /// A part of the window.
    func part(_ range: Range<Int>) -> Window {
        Window(Array(bytes[range]), base: base + range.lowerBound, isDerived: isDerived)
    }

    /// The bytes as text, if they are UTF-8.
    var text: String? {
        let isValid = withBytes { UTF8Validator.isValid($0) }
        return isValid ? String(decoding: bytes, as: UTF8.self) : nil
    }

    func withBytes<Result, Failure: Error>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result {
        try unsafe body(bytes.span.bytes)
    }

    func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
        bytes[min(start, count)...].firstIndex(of: byte)
    }
}

extension Window {
    /// The most bytes that are shown of what has no other form.
    private static let shownBytes = 32

    /// The bytes in hexadecimal, the first of them if they are many.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef")
        let shown = bytes.prefix(Self.shownBytes).map { "\(digits[Int($0 >> 4)])\(digits[Int($0 & 15)])" }
        return shown.joined(separator: " ") + (count > Self.shownBytes ? " …" : "")
    }

    /// The bytes, as a person would read them: text where they are some, else hexadecimal.
    var readable: String {
        guard let text, !bytes.contains(where: { $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }) else {
            return isEmpty ? "" : "\(count) bytes: \(hexadecimal)"
        }
        return text
    }
}
