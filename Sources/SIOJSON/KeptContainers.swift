/// Keyed containers that nobody has any more, for those who come next.
///
/// To make one takes types that are looked up at run time and an object or two: as much as three or four members. The
/// elements of an array, and the messages of a server, are of the same types again and again. So a container is kept, and
/// handed out again once nobody else has it.
///
/// Nothing here is generic but what tells containers apart: what is generic twice is not specialised.
struct KeptContainers<Place> {
    /// A container, by its key's type and by what tells it from others with that key.
    private struct Kept {
        let key: ObjectIdentifier
        var box: AnyObject
        let place: Place
    }

    private var kept: [Kept] = []
    /// A bit for each type of keys that was asked for: what is asked for once is not worth keeping.
    private var seen: UInt64 = 0

    /// A container with such keys that nobody has.
    ///
    /// Each element is looked at where it is: a copy would be somebody who has it.
    mutating func free(keys: ObjectIdentifier, where isWanted: (Place) -> Bool) -> (box: AnyObject, place: Place)? {
        var number = 0
        while number < kept.count {
            if kept[number].key == keys, isWanted(kept[number].place), isKnownUniquelyReferenced(&kept[number].box) {
                return (kept[number].box, kept[number].place)
            }
            number += 1
        }
        return nil
    }

    /// Whether to keep a container with such keys: they were asked for before, and there are not too many types of them.
    mutating func isWorthKeeping(keys: ObjectIdentifier) -> Bool {
        let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: UInt(bitPattern: keys) >> 4 & 63)
        defer { seen |= bit }
        return seen & bit != 0 && kept.count < 16
    }

    mutating func keep(_ box: AnyObject?, keys: ObjectIdentifier, at place: Place) {
        if let box { kept.append(Kept(key: keys, box: box, place: place)) }
    }

    /// Forgets the containers that somebody has, and lets the body see the places of the others.
    mutating func forgetOthers(_ body: (Place) -> Void) {
        var number = kept.count
        while number > 0 {
            number -= 1
            if isKnownUniquelyReferenced(&kept[number].box) {
                body(kept[number].place)
            } else {
                kept.remove(at: number)
            }
        }
    }
}

/// All that a container of the standard library consists of; nil if it is more than one reference.
func box<Container>(of container: Container) -> AnyObject? {
    guard MemoryLayout<Container>.size == MemoryLayout<AnyObject>.size else { return nil }
    return unsafe unsafeBitCast(container, to: AnyObject.self)
}

/// The container that consists of this.
func container<Container>(of box: AnyObject) -> Container {
    unsafe unsafeBitCast(box, to: Container.self)
}
