/// A region of a grid: 1 inside, 0 outside, no other value.
public typealias Mask = Grid<UInt8>
