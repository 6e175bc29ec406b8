import FuzzDriver
import SIOBytes

// UTF-8 agrees with the standard library wherever the text is cut; base64 comes back as it went in.
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
}
