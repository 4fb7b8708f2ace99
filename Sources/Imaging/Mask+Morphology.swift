import Geometry

/// Binary morphology with the 6-neighbour cross, with the border semantics of `scipy.ndimage`.
extension Grid where Element == UInt8 {
    /// `scipy.ndimage.binary_dilation(mask, iterations: iterations)`.
    public consuming func dilated(iterations: Int, threads: Int = 1) -> Mask {
        dilated(by: iterations, steps: (1, 1, 1), threads: threads)
    }

    /// `scipy.ndimage.binary_erosion(mask, iterations: iterations, border_value: outsideIsInside ? 1 : 0)`.
    /// - Parameter outsideIsInside: whether the mask is taken to go on beyond the grid.
    public consuming func eroded(iterations: Int, outsideIsInside: Bool = false, threads: Int = 1) -> Mask {
        eroded(by: iterations, steps: (1, 1, 1), outsideIsInside: outsideIsInside, threads: threads)
    }

    /// The voxels within a weighted city-block distance of the mask.
    /// - Parameter steps: what one voxel along i, j and k counts for.
    package consuming func dilated(
        by distance: Int, steps: (i: UInt8, j: UInt8, k: UInt8), threads: Int
    ) -> Mask {
        precondition((0...CityBlockDistance.limit).contains(distance), "a dilation by 0 to 254")
        var mask = self
        mask.classify(0...0, inside: 255, outside: 0, threads: threads)
        CityBlockDistance(weights: steps, threads: threads).transform(&mask)
        mask.classify(0...UInt8(distance), inside: 1, outside: 0, threads: threads)
        return mask
    }

    /// The voxels farther than a weighted city-block distance from what is not in the mask.
    consuming func eroded(
        by distance: Int, steps: (i: UInt8, j: UInt8, k: UInt8), outsideIsInside: Bool, threads: Int
    ) -> Mask {
        precondition((0...CityBlockDistance.limit).contains(distance), "an erosion by 0 to 254")
        var mask = self
        mask.classify(0...0, inside: 0, outside: 255, threads: threads)
        if !outsideIsInside { mask.lowerFaces(to: steps) }
        CityBlockDistance(weights: steps, threads: threads).transform(&mask)
        mask.classify(0...UInt8(distance), inside: 0, outside: 1, threads: threads)
        return mask
    }

    /// Dilation of each slice by a square: along i, then along j.
    consuming func dilatedInPlane(by distance: Int, steps: (i: UInt8, j: UInt8, k: UInt8), threads: Int) -> Mask {
        let closed = CityBlockDistance.closed
        return dilated(by: distance, steps: (steps.i, closed, closed), threads: threads)
            .dilated(by: distance, steps: (closed, steps.j, closed), threads: threads)
    }

    /// Erosion of each slice by a square; the mask is taken to go on beyond the grid.
    consuming func erodedInPlane(by distance: Int, steps: (i: UInt8, j: UInt8, k: UInt8), threads: Int) -> Mask {
        let closed = CityBlockDistance.closed
        return eroded(by: distance, steps: (steps.i, closed, closed), outsideIsInside: true, threads: threads)
            .eroded(by: distance, steps: (closed, steps.j, closed), outsideIsInside: true, threads: threads)
    }

    /// Sets the outermost voxels to their distance from outside of the grid.
    private mutating func lowerFaces(to steps: (i: UInt8, j: UInt8, k: UInt8)) {
        for k in 0..<size.depth {
            for j in 0..<size.height {
                let isOuterRow = k == 0 || k == size.depth - 1 || j == 0 || j == size.height - 1
                let columns = isOuterRow ? Array(0..<size.width) : [0, size.width - 1]
                for i in columns {
                    var bound: UInt8 = 255
                    if i == 0 || i == size.width - 1 { bound = min(bound, steps.i) }
                    if j == 0 || j == size.height - 1 { bound = min(bound, steps.j) }
                    if k == 0 || k == size.depth - 1 { bound = min(bound, steps.k) }
                    self[i, j, k] = min(self[i, j, k], bound)
                }
            }
        }
    }

    /// The mask and the cavities that no path through face neighbours connects with the grid's border:
    /// `scipy.ndimage.binary_fill_holes`.
    public func withHolesFilled() -> Mask { fillingHoles(joined: .six, perSlice: false) }

    /// The mask with the holes of each slice filled, each slice for itself (4-connected background).
    public func withSliceHolesFilled() -> Mask { fillingHoles(joined: .inSlice, perSlice: true) }

    private func fillingHoles(joined neighbourhood: RowRuns.Neighbourhood, perSlice: Bool) -> Mask {
        var background = RowRuns(of: 0, in: self)
        background.join(neighbourhood)
        var isOpen = [Bool](repeating: false, count: background.runs.count)
        background.forEach { index, run, row in
            let j = row % size.height
            let k = row / size.height
            let touches = run.start == 0 || Int(run.end) == size.width || j == 0 || j == size.height - 1
            if touches || (!perSlice && (k == 0 || k == size.depth - 1)) { isOpen[background.root(index)] = true }
        }
        var filled = self
        filled.elements.withUnsafeMutableBufferPointer { elements in
            background.forEach { index, run, row in
                guard !isOpen[background.root(index)] else { return }
                elements[row * size.width + Int(run.start)..<row * size.width + Int(run.end)].update(repeating: 1)
            }
        }
        return filled
    }

    /// The component with most voxels (6-connected); the mask itself if it is empty.
    public func largestComponent() -> Mask {
        let components = ConnectedComponents(of: self, connectivity: .six)
        guard let largest = components.largest else { return self }
        return components.mask { $0 == largest }
    }
}
