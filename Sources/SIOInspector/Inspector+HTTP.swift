import SIOBytes
import SIOHTTP

extension Inspector {
    /// The lines of a head that are looked at.
    private static let maxLines = 200

    /// An HTTP message, and what is behind it.
    mutating func http(_ window: Window) -> [Finding] {
        let isResponse = window.bytes.starts(with: Array("HTTP/".utf8))
        guard let head = Head(window) else {
            let lines = Self.lines(window, upTo: window.count)
            return lines + [
                Self.headFault(window)
                    ?? window.fault("an empty line was expected, which ends the head", at: window.count)
            ]
        }
        let lines = Self.lines(window, upTo: head.end - 2)
        let message = window.finding(isResponse ? "HTTP response" : "HTTP request", "", 0..<head.end, parts: lines)
        let body: HTTPBody
        do throws(HTTPError) {
            body = try isResponse ? HTTPBody(responseIn: window) : HTTPBody(requestIn: window)
        } catch {
            return [message, Self.headFault(window) ?? window.fault("not expected: \(error.rawValue)", at: head.end)]
        }
        guard body.isComplete else {
            return [message, window.fault("more of the body was expected", at: window.count)]
        }
        var findings = [message]
        if let content = body.content(of: window), !content.isEmpty {
            findings.append(bodyFinding(content, body))
        }
        guard body.end < window.count else { return findings }
        let rest = window.part(body.end..<window.count)
        return findings + (body.isUpgrade ? frames(rest) : http(rest))
    }

    private mutating func bodyFinding(_ content: Window, _ body: HTTPBody) -> Finding {
        let range = content.all
        guard body.isEngine else { return content.finding("body", content.readable, range) }
        return content.finding("body", "\(content.count) bytes", range, parts: payload(content))
    }

    /// Each line with its place.
    private static func lines(_ window: Window, upTo end: Int) -> [Finding] {
        var findings: [Finding] = []
        var start = 0
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
    private static func headFault(_ window: Window) -> Finding? {
        var start = 0
        for _ in 0..<maxLines {
            guard let end = window.firstIndex(of: 0x0A, from: start) else { return nil }
            let prefix = window.part(0..<end + 1)
            do throws(HTTPError) {
                let isResponse = window.bytes.starts(with: Array("HTTP/".utf8))
                _ = try isResponse ? HTTPBody(responseIn: prefix) : HTTPBody(requestIn: prefix)
            } catch {
                return window.fault("not expected: \(error.rawValue)", at: start)
            }
            start = end + 1
        }
        return nil
    }

    private struct Head {
        let end: Int

        init?(_ window: Window) {
            var start = 0
            while let end = window.firstIndex(of: 0x0A, from: start) {
                let line = window.bytes[start..<end]
                if start > 0, line.isEmpty || line.elementsEqual([0x0D]) {
                    self.end = end + 1
                    return
                }
                start = end + 1
            }
            return nil
        }
    }
}
