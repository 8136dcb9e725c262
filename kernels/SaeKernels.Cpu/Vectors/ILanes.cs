namespace SaeKernels.Cpu;

/// <summary>Float32 arithmetic on vectors of one width: a loop over a row is written once for all widths.</summary>
/// <typeparam name="TVector">The vector.</typeparam>
internal unsafe interface ILanes<TVector>
    where TVector : unmanaged
{
    /// <summary>Numbers in a vector.</summary>
    static abstract int Width { get; }

    /// <summary>Reads a vector; the address needs no alignment.</summary>
    static abstract TVector Load(float* source);

    /// <summary>Writes a vector; the address needs no alignment.</summary>
    static abstract void Store(TVector value, float* destination);

    /// <summary>Sets every lane to one number.</summary>
    static abstract TVector Fill(float value);

    /// <summary>a + b.</summary>
    static abstract TVector Add(TVector a, TVector b);

    /// <summary>a − b.</summary>
    static abstract TVector Subtract(TVector a, TVector b);

    /// <summary>a · b.</summary>
    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>a · b + c, rounded once where the processor can, else twice.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>a / b, correctly rounded.</summary>
    static abstract TVector Divide(TVector a, TVector b);

    /// <summary>√a, correctly rounded.</summary>
    static abstract TVector SquareRoot(TVector a);

    /// <summary>Zero in the lanes whose magnitude is below a limit; NaN stays.</summary>
    static abstract TVector FlushBelow(TVector a, TVector limit);

    /// <summary>−1 or 1 with the sign of a number; zeros and NaN stay.</summary>
    static abstract TVector Sign(TVector a);

    /// <summary>The sum of all lanes.</summary>
    static abstract float Sum(TVector a);
}
