/// Several images at one position.
extension AssemblyRule {
    static func separateDuplicates(_ stack: inout CandidateStack) throws(AssemblyRefusal) {
        splitByStackID(&stack)
        dropCopies(&stack)
        let duplicated = positions(of: stack.slices).filter { $0.count > 1 }
        guard !duplicated.isEmpty else { return }
        for attribute in StackAttribute.allCases {
            if let stacks = stacks(of: stack.slices, by: attribute) {
                choose(from: stacks, toldApartBy: attribute, in: &stack)
                return
            }
        }
        throw stack.refusal(AssemblyMessage(.inseparableDuplicates, "\(duplicated.count)"))
    }

    /// Stacks of an enhanced object are told apart by their StackID even where they do not overlap
    /// (PS3.3 §C.7.6.16.2.2.4).
    private static func splitByStackID(_ stack: inout CandidateStack) {
        let stacks = values(of: .stackID, in: stack.slices)
        guard stacks.count > 1, stacks[0].key != nil else { return }
        choose(from: stacks.map(\.slices), toldApartBy: .stackID, in: &stack)
    }

    /// Drops images with the pixels of another one at the same position: the copy with the higher InstanceNumber goes.
    private static func dropCopies(_ stack: inout CandidateStack) {
        var dropped = 0
        stack.slices = positions(of: stack.slices).flatMap { images in
            let distinct = images.reduce(into: [CandidateStack.Slice]()) { kept, image in
                if !kept.contains(where: { stack.havePixelsInCommon($0.header, image.header) }) { kept.append(image) }
            }
            dropped += images.count - distinct.count
            return distinct
        }
        if dropped > 0 { stack.note(AssemblyMessage(.duplicateSlices, "\(dropped)")) }
    }

    /// The slices, already sorted, grouped by position.
    private static func positions(of slices: [CandidateStack.Slice]) -> [[CandidateStack.Slice]] {
        slices.reduce(into: []) { groups, slice in
            if let last = groups.last?.first, last.isAtPosition(of: slice) {
                groups[groups.count - 1].append(slice)
            } else {
                groups.append([slice])
            }
        }
    }

    /// The stacks that an attribute's values make, if no stack has two images at a position and the largest one is
    /// complete enough to be one: it covers at least half of the positions.
    private static func stacks(
        of slices: [CandidateStack.Slice], by attribute: StackAttribute
    ) -> [[CandidateStack.Slice]]? {
        let stacks = values(of: attribute, in: slices).map(\.slices)
        let positionCount = positions(of: slices).count
        guard stacks.count > 1, stacks.allSatisfy({ positions(of: $0).count == $0.count }),
            stacks.contains(where: { $0.count * 2 >= positionCount })
        else { return nil }
        return stacks
    }

    /// The slices by value of an attribute, numbers in numerical order, absent values first.
    private static func values(
        of attribute: StackAttribute, in slices: [CandidateStack.Slice]
    ) -> [(key: String?, slices: [CandidateStack.Slice])] {
        func order(_ key: String?) -> (Double, String) {
            guard let key else { return (-.infinity, "") }
            return (Double(key) ?? .infinity, key)
        }
        return Dictionary(grouping: slices) { $0.header.stackKeys[attribute] }
            .map { (key: $0.key, slices: $0.value) }
            .sorted { order($0.key) < order($1.key) }
    }

    /// Keeps the preferred one of the most complete stacks.
    private static func choose(
        from stacks: [[CandidateStack.Slice]], toldApartBy attribute: StackAttribute, in stack: inout CandidateStack
    ) {
        let largest = stacks.map(\.count).max() ?? 0
        let complete = stacks.filter { $0.count == largest }
        let preferred = stack.options.preferredStack
        guard let chosen = preferred == .first ? complete.first : complete.last else { return }
        stack.note(AssemblyMessage(.severalStacks, "\(stacks.count)", attribute.rawValue, preferred.rawValue))
        stack.slices = chosen
    }
}
