using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Neighbouring numbers of a row that one thread loads, computes with and stores at once. A kernel is written once over
/// packs and compiled twice: with <see cref="Pack4"/> where every row begins at a multiple of four numbers, which is a
/// 16-byte load, and with <see cref="Pack1"/> elsewhere.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal interface IPack<TSelf>
    where TSelf : unmanaged, IPack<TSelf>
{
    /// <summary>The numbers of a pack.</summary>
    static abstract int Width { get; }

    /// <summary>Loads a pack.</summary>
    /// <param name="source">Whole rows; begins at a multiple of 16 bytes.</param>
    /// <param name="place">The first number, a multiple of <see cref="Width"/>.</param>
    static abstract TSelf Load(ArrayView<float> source, long place);

    /// <summary>Loads 16-bit numbers and widens them; the parameters are those of <see cref="Load"/>.</summary>
    static abstract TSelf LoadWords<TWord>(ArrayView<ushort> source, long place)
        where TWord : struct, IWord;

    /// <summary>Stores a pack; the parameters are those of <see cref="Load"/>.</summary>
    static abstract void Store(ArrayView<float> target, long place, TSelf pack);

    /// <summary>Rounds a pack and stores it in a shadow; returns the squares with it.</summary>
    static abstract RoundedSquares StoreRounded<TShadow>(
        OperandView shadow, int row, int column, TSelf pack, RoundedSquares squares)
        where TShadow : struct, IShadow;

    /// <summary>sum + factor · pack, each number rounded once.</summary>
    static abstract TSelf AddScaled(TSelf sum, float factor, TSelf pack);

    /// <summary>a − b.</summary>
    static abstract TSelf Subtract(TSelf a, TSelf b);

    /// <summary>sum + Σ a · b over the numbers of two packs, in their order.</summary>
    static abstract float AddProducts(float sum, TSelf a, TSelf b);

    /// <summary>The largest magnitude of the numbers and of another one; NaN counts as the smallest.</summary>
    static abstract float LargestMagnitude(TSelf pack, float other);

    /// <summary>A function of each three numbers at the same place.</summary>
    static abstract TSelf Map<TFunction>(TFunction function, TSelf a, TSelf b, TSelf c)
        where TFunction : struct, IPackFunction;
}

/// <summary>A function of numbers that <see cref="IPack{TSelf}.Map"/> applies.</summary>
internal interface IPackFunction
{
    float Of(float a, float b, float c);
}
