import SIOBytes
import SIOJSON

/// What is in JSON, as far as the layers above need to know.
enum JSONFindings {
    /// A whole value.
    static func value(_ name: String, _ window: Window) -> [Finding] {
        if let fault = fault(window) { return [fault] }
        return [window.finding(name, window.readable, window.all)]
    }

    /// The elements of an array, each by itself; or a whole value that is none.
    static func elements(_ window: Window, first: String, others: String) -> [Finding] {
        if let fault = fault(window) { return [fault] }
        let parser = JSONParser(limits: .deep)
        defer { withExtendedLifetime(parser) {} }
        let counts = window.withBytes { bytes -> [Int]? in
            guard let root = try? parser.parse(bytes), root.isArray else { return nil }
            return root.elements.map { $0.source.byteCount }
        }
        guard let counts else { return value("payload", window) }
        var findings: [Finding] = []
        var offset = (window.firstIndex(of: UInt8(ascii: "[")) ?? 0) + 1
        for count in counts {
            while offset < window.count, Self.isBetweenValues(window.bytes[offset]) { offset += 1 }
            let part = window.part(offset..<min(offset + count, window.count))
            findings.append(part.finding(findings.isEmpty ? first : others, part.readable, part.all))
            offset += count
        }
        return findings
    }

    private static func isBetweenValues(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private static func fault(_ window: Window) -> Finding? {
        do throws(JSONError) {
            let parser = JSONParser(limits: .deep)
            defer { withExtendedLifetime(parser) {} }
            try window.withBytes { bytes throws(JSONError) in _ = try parser.parse(bytes) }
            return nil
        } catch {
            let place = JSONFault(in: window.bytes)
            return window.fault(
                place.map { "\($0.expected) was expected" } ?? error.description, at: place?.offset ?? 0)
        }
    }
}
