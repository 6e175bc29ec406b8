import FuzzDriver
import SIOBytes

// UTF-8 agrees with the standard library wherever the text is cut; base64 comes back as it went in; a buffer that is written and read
// in any order holds what an array would.
fuzz { bytes in
    let span = bytes.span.bytes
    let cut = bytes.isEmpty ? 0 : Int(bytes[0]) % (bytes.count + 1)
    var validator = UTF8Validator()
    let valid =
        validator.consume(span.extracting(first: cut)) && validator.consume(span.extracting(droppingFirst: cut))
        && validator.isComplete
    precondition(valid == (String(validating: bytes, as: UTF8.self) != nil))

    var text = ByteBuffer()
    Base64.encode(span, into: &text)
    precondition(Base64.decode(text.bytes) == bytes)
    _ = Base64.decode(span)

    useBuffer(bytes)
}

/// Does with a buffer and with an array what the bytes say: each call takes one for what it is, and one for how much.
func useBuffer(_ bytes: [UInt8]) {
    var buffer = ByteBuffer()
    var model: [UInt8] = []
    for (index, call) in bytes.enumerated() where index % 2 == 0 && index + 1 < bytes.count {
        let count = Int(bytes[index + 1])
        let some = Array(bytes.prefix(count))
        switch call % 8 {
        case 0, 1:
            buffer.append(some)
            model += some
        case 2:
            buffer.append(call)
            model.append(call)
        case 3:
            let least = min(count, model.count)
            buffer.consume(least)
            model.removeFirst(least)
        case 4:
            buffer.prepend(some.span.bytes)
            model = some + model
        case 5:
            let size = count % 8 + 1
            buffer.prepend(UInt64(size), count: size)
            model = [UInt8(size)] + [UInt8](repeating: 0, count: size - 1) + model
        case 6:
            buffer.truncate(to: count)
            model = Array(model.prefix(count))
        default:
            buffer.restart(roomInFront: count % 20, expecting: count)
            model = []
        }
        precondition(buffer.count == model.count && buffer.array == model)
    }
    precondition(buffer.take() == model && buffer.isEmpty)
}
