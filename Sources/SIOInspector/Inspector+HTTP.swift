import SIOBytes
import SIOHTTP

extension Inspector {
    /// The lines of a head that are looked at.
    private static let maxLines = 200

    /// HTTP messages, one behind the other, and what is behind an upgrade.
    mutating func http(_ window: Window) -> [Finding] {
        var findings: [Finding] = []
        // One copy for all messages, of which there may be many.
        var bytes = window.bytes
        var start = 0
        repeat {
            guard let body = message(in: &bytes, of: window, from: start, &findings) else { return findings }
            start = body.end
            if body.isUpgrade, start < window.count { return findings + frames(window.part(start..<window.count)) }
        } while start < window.count
        return findings
    }

    /// The message that begins at an offset.
    ///
    /// - Returns: Its body; nil if the message is not whole.
    private mutating func message(
        in bytes: inout [UInt8], of window: Window, from start: Int, _ findings: inout [Finding]
    ) -> HTTPBody? {
        guard let head = Head(window, from: start) else {
            findings += Self.lines(window, start..<window.count)
            findings.append(
                Self.headFault(window, from: start)
                    ?? window.fault("an empty line was expected, which ends the head", at: window.count))
            return nil
        }
        let isResponse = Self.isResponse(window, from: start)
        let name = isResponse ? "HTTP response" : "HTTP request"
        let lines = Self.lines(window, start..<head.end - 2)
        findings.append(window.finding(name, "", start..<head.end, parts: lines))
        let body: HTTPBody
        do throws(HTTPError) {
            body = try HTTPBody(isResponse: isResponse, in: &bytes, from: start)
        } catch {
            findings.append(
                Self.headFault(window, from: start)
                    ?? window.fault("not expected: \(error.rawValue)", at: head.end))
            return nil
        }
        guard body.isComplete else {
            findings.append(window.fault("more of the body was expected", at: window.count))
            return nil
        }
        if let content = body.content(of: window), !content.isEmpty { findings.append(bodyFinding(content, body)) }
        return body
    }

    private static func isResponse(_ window: Window, from start: Int) -> Bool {
        window.bytes[start...].starts(with: "HTTP/".utf8)
    }

    private mutating func bodyFinding(_ content: Window, _ body: HTTPBody) -> Finding {
        let range = content.all
        guard body.isEngine else { return content.finding("body", content.readable, range) }
        return content.finding("body", "\(content.count) bytes", range, parts: payload(content))
    }

    /// Each line with its place.
    private static func lines(_ window: Window, _ range: Range<Int>) -> [Finding] {
        var findings: [Finding] = []
        let end = range.upperBound
        var start = range.lowerBound
        while start < end, findings.count < maxLines {
            let stop = window.firstIndex(of: 0x0A, from: start) ?? end
            let line = window.part(start..<min(stop, end))
            let trimmed = line.bytes.last == 0x0D ? line.part(0..<line.count - 1) : line
            if trimmed.isEmpty { break }
            if findings.isEmpty {
                findings.append(trimmed.finding("start line", trimmed.readable, trimmed.all))
            } else {
                let colon = trimmed.firstIndex(of: UInt8(ascii: ":")) ?? trimmed.count
                let name = trimmed.part(0..<colon).readable
                let value = trimmed.part(min(colon + 1, trimmed.count)..<trimmed.count).readable
                findings.append(trimmed.finding(name, String(value.drop { $0 == " " }), trimmed.all))
            }
            start = stop + 1
        }
        return findings
    }

    /// The line of the head at which the parser stops.
    private static func headFault(_ window: Window, from first: Int) -> Finding? {
        let isResponse = isResponse(window, from: first)
        var start = first
        for _ in 0..<maxLines {
            guard let end = window.firstIndex(of: 0x0A, from: start) else { return nil }
            var lines = Array(window.bytes[first...end])
            do throws(HTTPError) {
                _ = try HTTPBody(isResponse: isResponse, in: &lines, from: 0)
            } catch {
                return window.fault("not expected: \(error.rawValue)", at: start)
            }
            start = end + 1
        }
        return nil
    }

    private struct Head {
        let end: Int

        init?(_ window: Window, from first: Int) {
            var start = first
            while let end = window.firstIndex(of: 0x0A, from: start) {
                let line = window.bytes[start..<end]
                if start > first, line.isEmpty || line.elementsEqual([0x0D]) {
                    self.end = end + 1
                    return
                }
                start = end + 1
            }
            return nil
        }
    }
}
