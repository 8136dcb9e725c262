using System.Runtime.InteropServices;
using SaeKernels.Abstractions;

namespace SaeKernels.Testing;

/// <summary>Moves arrays to and from a backend.</summary>
public static class DeviceExtensions
{
    /// <summary>Allocates a buffer with given numbers.</summary>
    public static RealBuffer Place(this IComputeBackend backend, string name, params double[] values)
    {
        RealBuffer buffer = backend.AllocateReal(name, values.Length);
        buffer.Upload(values);
        return buffer;
    }

    /// <inheritdoc cref="Place(IComputeBackend, string, double[])"/>
    public static RealBuffer Place(this IComputeBackend backend, string name, float[] values)
    {
        RealBuffer buffer = backend.AllocateReal(name, values.Length);
        buffer.Upload(values);
        return buffer;
    }

    /// <inheritdoc cref="Place(IComputeBackend, string, double[])"/>
    public static IntBuffer Place(this IComputeBackend backend, string name, int[] values)
    {
        IntBuffer buffer = backend.AllocateInt(name, values.Length);
        buffer.Upload(values);
        return buffer;
    }

    /// <inheritdoc cref="Place(IComputeBackend, string, double[])"/>
    public static LongBuffer Place(this IComputeBackend backend, string name, long[] values)
    {
        LongBuffer buffer = backend.AllocateLong(name, values.Length);
        buffer.Upload(values);
        return buffer;
    }

    /// <summary>Allocates a matrix with given numbers.</summary>
    public static RealMatrix PlaceMatrix(
        this IComputeBackend backend, string name, int rows, int columns, params double[] values) =>
        new(backend.Place(name, values), rows, columns);

    /// <summary>Allocates codes with given rows of (latent, value).</summary>
    public static SparseCodes PlaceCodes(this IComputeBackend backend, params (int Latent, double Value)[][] rows)
    {
        int entries = rows.Sum(row => row.Length);
        SparseCodes codes = new(backend, "Codes", Math.Max(1, rows.Length), Math.Max(1, entries));
        int[] offsets = new int[rows.Length + 1];
        for (int row = 0; row < rows.Length; row++)
        {
            offsets[row + 1] = offsets[row] + rows[row].Length;
        }

        codes.RowOffsets.Upload(offsets);
        codes.Indices.Upload([.. rows.SelectMany(row => row).Select(entry => entry.Latent)]);
        codes.Values.Upload(rows.SelectMany(row => row).Select(entry => entry.Value).ToArray());
        return codes;
    }

    /// <summary>Reads the entries of codes.</summary>
    public static (int Latent, double Value)[][] Read(this SparseCodes codes, int rows)
    {
        int[] offsets = codes.RowOffsets.ToArray();
        int[] indices = codes.Indices.ToArray();
        double[] values = codes.Values.ToArray();
        return
        [
            .. Enumerable.Range(0, rows).Select(row => Enumerable
                .Range(offsets[row], offsets[row + 1] - offsets[row])
                .Select(entry => (indices[entry], values[entry]))
                .ToArray()),
        ];
    }

    /// <summary>Copies a whole buffer to the host.</summary>
    public static double[] ToArray(this RealBuffer buffer)
    {
        double[] values = new double[buffer.Length];
        buffer.Download(values);
        return values;
    }

    /// <inheritdoc cref="ToArray(RealBuffer)"/>
    public static int[] ToArray(this IntBuffer buffer)
    {
        int[] values = new int[buffer.Length];
        buffer.Download(values);
        return values;
    }

    /// <inheritdoc cref="ToArray(RealBuffer)"/>
    public static long[] ToArray(this LongBuffer buffer)
    {
        long[] values = new long[buffer.Length];
        buffer.Download(values);
        return values;
    }

    /// <inheritdoc cref="ToArray(RealBuffer)"/>
    public static double[] ToArray(this RealMatrix matrix) =>
        matrix.Buffer.ToArray().AsSpan(0, matrix.Rows * matrix.Columns).ToArray();

    /// <summary>Reads the bits of the first elements of a buffer; real numbers as float32.</summary>
    public static byte[] Read(this DeviceBuffer buffer, int count)
    {
        switch (buffer)
        {
            case RealBuffer reals:
                float[] real = new float[count];
                reals.Download(real);
                return MemoryMarshal.AsBytes<float>(real).ToArray();
            case IntBuffer ints:
                int[] whole = new int[count];
                ints.Download(whole);
                return MemoryMarshal.AsBytes<int>(whole).ToArray();
            default:
                long[] wide = new long[count];
                ((LongBuffer)buffer).Download(wide);
                return MemoryMarshal.AsBytes<long>(wide).ToArray();
        }
    }

    /// <summary>Reads a scalar.</summary>
    public static double Read(this ScalarSlot slot) => slot.Buffer.ToArray()[slot.Index];
}
