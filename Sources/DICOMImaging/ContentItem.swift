import DICOMCore

/// A content item of a structured report and the items below it (PS3.3 §C.17.3).
struct ContentItem {
    /// How an item relates to the one above it (PS3.3 Table C.17.3-8).
    enum Relationship: String {
        case contains = "CONTAINS"
        case hasConceptModifier = "HAS CONCEPT MOD"
        case hasObservationContext = "HAS OBS CONTEXT"
        case hasAcquisitionContext = "HAS ACQ CONTEXT"
    }

    /// The value, by value type.
    enum Value {
        /// `template` is the TID of PS3.16 that the container follows, if it begins one.
        case container(template: String?)
        case code(CodedEntry)
        case text(String)
        case number(Double, unit: CodedEntry)
        case uid(String)
        case image(ImageReference)
    }

    /// An image, some of its frames, or one of its segments.
    struct ImageReference: Hashable {
        var instance: SourceInstance
        var frameNumber: Int?
        var segmentNumber: Int?
    }

    var relationship: Relationship
    /// Nil for the images of a library, which need no name.
    var name: CodedEntry?
    var value: Value
    var children: [ContentItem] = []

    init(_ relationship: Relationship, _ name: CodedEntry?, _ value: Value, _ children: [ContentItem] = []) {
        self.relationship = relationship
        self.name = name
        self.value = value
        self.children = children
    }

    /// All images that this item and those below it refer to.
    var images: [ImageReference] {
        let below = children.flatMap(\.images)
        if case .image(let reference) = value { return [reference] + below }
        return below
    }
}
