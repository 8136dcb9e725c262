using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>The numbers of a buffer, read and written as float64 whatever they are stored as.</summary>
internal readonly unsafe struct Reals<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T* elements;

    private Reals(T* elements) => this.elements = elements;

    public double this[long index]
    {
        get => double.CreateTruncating(this.elements[index]);
        set => this.elements[index] = T.CreateTruncating(value);
    }

    public static Reals<T> Of(RealBuffer buffer) => new(Host.Buffer<HostRealBuffer<T>>(buffer).Elements);

    /// <summary>Rounds a number to the stored precision.</summary>
    public static double Round(double value) => double.CreateTruncating(T.CreateTruncating(value));
}

/// <summary>The numbers of a matrix, read and written as float64 whatever they are stored as.</summary>
internal readonly struct RealRows<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Reals<T> elements;

    private readonly long start;

    private RealRows(RealBuffer buffer, int columns, long start)
    {
        this.elements = Reals<T>.Of(buffer);
        this.Columns = columns;
        this.start = start;
    }

    public int Columns { get; }

    public double this[long row, int column]
    {
        get => this.elements[this.start + (row * this.Columns) + column];
        set
        {
            Reals<T> target = this.elements;
            target[this.start + (row * this.Columns) + column] = value;
        }
    }

    public static RealRows<T> Of(RealMatrix matrix) => new(matrix.Buffer, matrix.Columns, matrix.Start);

    public static RealRows<T> Of(RealBuffer buffer, int columns) => new(buffer, columns, 0);
}
