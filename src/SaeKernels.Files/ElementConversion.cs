using System.Numerics;
using System.Runtime.InteropServices;
using SaeKernels.Numerics;

namespace SaeKernels.Files;

/// <summary>Conversions between stored elements and the numbers that the program works with.</summary>
internal static class ElementConversion
{
    public static void ToSingles(TensorType type, ReadOnlySpan<byte> stored, Span<float> destination)
    {
        switch (type)
        {
            case TensorType.F32:
                stored.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case TensorType.F16:
                Float16.ToSingles(MemoryMarshal.Cast<byte, ushort>(stored), destination);
                break;
            case TensorType.BF16:
                Bfloat16.ToSingles(MemoryMarshal.Cast<byte, ushort>(stored), destination);
                break;
            default:
                Convert<double, float>(stored, destination);
                break;
        }
    }

    public static void FromSingles(TensorType type, ReadOnlySpan<float> source, Span<byte> stored)
    {
        switch (type)
        {
            case TensorType.F32:
                MemoryMarshal.AsBytes(source).CopyTo(stored);
                break;
            case TensorType.F16:
                Span<Half> halves = MemoryMarshal.Cast<byte, Half>(stored);
                for (int i = 0; i < source.Length; i++)
                {
                    halves[i] = (Half)source[i];
                }

                break;
            case TensorType.BF16:
                Span<ushort> bfloats = MemoryMarshal.Cast<byte, ushort>(stored);
                for (int i = 0; i < source.Length; i++)
                {
                    bfloats[i] = Bfloat16.FromSingle(source[i]);
                }

                break;
            default:
                Span<double> doubles = MemoryMarshal.Cast<byte, double>(stored);
                for (int i = 0; i < source.Length; i++)
                {
                    doubles[i] = source[i];
                }

                break;
        }
    }

    /// <summary>U64 elements of 2⁶³ or more come out negative; the caller checks.</summary>
    public static void ToInt64s(TensorType type, ReadOnlySpan<byte> stored, Span<long> destination)
    {
        switch (type)
        {
            case TensorType.I64 or TensorType.U64:
                stored.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case TensorType.I32:
                Convert<int, long>(stored, destination);
                break;
            case TensorType.I16:
                Convert<short, long>(stored, destination);
                break;
            case TensorType.I8:
                Convert<sbyte, long>(stored, destination);
                break;
            case TensorType.U32:
                Convert<uint, long>(stored, destination);
                break;
            case TensorType.U16:
                Convert<ushort, long>(stored, destination);
                break;
            default:
                Convert<byte, long>(stored, destination);
                break;
        }
    }

    private static void Convert<TFrom, TTo>(ReadOnlySpan<byte> stored, Span<TTo> destination)
        where TFrom : unmanaged, INumberBase<TFrom>
        where TTo : INumberBase<TTo>
    {
        ReadOnlySpan<TFrom> source = MemoryMarshal.Cast<byte, TFrom>(stored);
        for (int i = 0; i < source.Length; i++)
        {
            destination[i] = TTo.CreateTruncating(source[i]);
        }
    }
}
