import SIOBytes
import SIOInspector

/// `socketio decode`: shows what is in bytes, layer by layer.
struct DecodeCommand: Command {
    let name = "decode"
    let summary = "shows what is in a frame, a payload or a packet, layer by layer"
    let usage = """
        usage: socketio decode [--as LAYER] [--hex | --base64] [--json] [BYTES]

        Shows what is in BYTES, or in what stands on standard input: each layer as a tree, with the offset of each part.

          --as LAYER   what the bytes are, where a guess would be wrong:
                         http       a request or a response, with its body
                         websocket  WebSocket frames, masked or not
                         payload    a body of Engine.IO's polling, version 4 or 3
                         engine     an Engine.IO packet, as a WebSocket carries it
                         packet     a Socket.IO packet
                         msgpack    a Socket.IO packet in MessagePack
          --hex        BYTES are hexadecimal; spaces, commas, colons and 0x count for nothing
          --base64     BYTES are base64
          --json       one line of JSON for other programs

        An offset with + counts within bytes that are decoded or joined first. A line's end behind text on standard
        input is no part of it. The exit code is 1 where something is wrong with the bytes, 64 with the arguments.

          socketio decode '42/chat,7["hello",{"to":"world"}]'
          socketio decode --hex '81 8d 37 fa 21 3d 03 c8 7a 1f 5f 9f 4d 51 58 d8 0d 0c 6a'
        """

    /// The most bytes that are looked at.
    static let maxBytes = 64 * 1024 * 1024

    func run(_ arguments: [String], on console: Console) async throws -> ExitCode {
        let arguments = try Arguments(
            arguments, [.value("as"), .flag("hex"), .flag("base64"), .flag("json")])
        guard arguments.positionals.count <= 1 else { throw UsageError("BYTES are one argument: put them in quotes") }
        guard !(arguments.has("hex") && arguments.has("base64")) else {
            throw UsageError("--hex or --base64, not both")
        }
        var layer: Layer?
        if let name = arguments.value("as") {
            guard let known = Layer(rawValue: name) else {
                throw UsageError("\(name) is no layer: \(Layer.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            layer = known
        }
        let bytes = try await bytes(arguments, console)
        let (taken, findings) = Inspector.inspect(bytes, as: layer)
        if arguments.has("json") {
            console.print(FindingWriter.json(taken, findings).line)
        } else {
            FindingWriter(console: console).write(findings, of: bytes.count)
        }
        return findings.contains { $0.firstFault != nil } ? .failure : .success
    }

    private func bytes(_ arguments: Arguments, _ console: Console) async throws -> [UInt8] {
        let isText = !arguments.has("hex") && !arguments.has("base64")
        var bytes: [UInt8]
        if let argument = arguments.positionals.first, argument != "-" {
            bytes = Array(argument.utf8)
        } else {
            guard let input = await console.input.all(limit: Self.maxBytes) else {
                throw UsageError("more than \(Self.maxBytes) bytes")
            }
            bytes = input
            if isText, Self.isLine(bytes) { bytes.removeLast() }
        }
        if arguments.has("hex") {
            guard let decoded = Self.hexadecimal(bytes) else { throw UsageError("BYTES are not hexadecimal") }
            bytes = decoded
        }
        if arguments.has("base64") {
            bytes.removeAll { $0 == 0x20 || (0x09...0x0D).contains($0) }
            guard let decoded = Base64.decode(bytes.span.bytes) else { throw UsageError("BYTES are not base64") }
            bytes = decoded
        }
        return bytes
    }

    /// Whether the bytes are one line of text, with its end.
    private static func isLine(_ bytes: [UInt8]) -> Bool {
        bytes.firstIndex(of: 0x0A) == bytes.count - 1 && UTF8Validator.isValid(bytes.span.bytes)
    }

    /// Reads hexadecimal digits; nil if there is something else, or half a byte.
    static func hexadecimal(_ text: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        var index = 0
        while index < text.count {
            let byte = text[index]
            index += 1
            if byte == 0x20 || (0x09...0x0D).contains(byte) || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ":") {
                continue
            }
            if byte == UInt8(ascii: "0"), high == nil, index < text.count, text[index] | 0x20 == UInt8(ascii: "x") {
                index += 1
                continue
            }
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init) else { return nil }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        return high == nil ? bytes : nil
    }
}
