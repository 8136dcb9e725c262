using System.Runtime.InteropServices;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>A buffer on the workbench; see <see cref="Workbench"/>.</summary>
internal abstract class WorkbenchBuffer
{
    /// <summary>Canaries behind the used range: no multiple of a vector's lanes.</summary>
    public const int Guard = 19;

    public abstract string Name { get; }

    /// <summary>Uploads what the buffer holds before the operation, canaries included.</summary>
    public abstract void Reset();

    /// <summary>Downloads what the operation left; returns what is wrong with it.</summary>
    public abstract string? Collect();

    public abstract byte[] FoundBytes();
}

/// <summary>A buffer of one element type.</summary>
internal sealed class WorkbenchBuffer<T> : WorkbenchBuffer
    where T : unmanaged
{
    private readonly DeviceBuffer buffer;
    private readonly T[] before;
    private readonly T[] after;
    private readonly int used;
    private readonly bool isConstant;
    private readonly Action<T[]> upload;
    private readonly Action<T[]> download;

    public WorkbenchBuffer(
        DeviceBuffer buffer, T[] values, T canary, bool isConstant, Action<T[]> upload, Action<T[]> download)
    {
        this.buffer = buffer;
        this.used = values.Length;
        this.before = new T[buffer.Length];
        this.after = new T[buffer.Length];
        values.CopyTo(this.before, 0);
        Array.Fill(this.before, canary, values.Length, this.before.Length - values.Length);
        this.isConstant = isConstant;
        this.upload = upload;
        this.download = download;
    }

    public override string Name => this.buffer.Name;

    /// <summary>What the operation left in the used range.</summary>
    public ReadOnlySpan<T> Found => this.after.AsSpan(0, this.used);

    public RealBuffer Reals => (RealBuffer)this.buffer;

    public IntBuffer Ints => (IntBuffer)this.buffer;

    public LongBuffer Longs => (LongBuffer)this.buffer;

    public ScalarSlot Slot => new(this.Reals, 0);

    public RealMatrix Matrix(int rows, int columns) => new(this.Reals, rows, columns);

    public override void Reset() => this.upload(this.before);

    public override string? Collect()
    {
        this.download(this.after);
        int from = this.isConstant ? 0 : this.used;
        ReadOnlySpan<byte> expected = MemoryMarshal.AsBytes(this.before.AsSpan(from));
        ReadOnlySpan<byte> found = MemoryMarshal.AsBytes(this.after.AsSpan(from));
        int same = expected.CommonPrefixLength(found);
        if (same == expected.Length)
        {
            return null;
        }

        int index = from + (same / Marshal.SizeOf<T>());
        return index < this.used
            ? $"{this.Name}[{index}]: an input must stay {this.before[index]}, but is {this.after[index]}."
            : $"{this.Name}[{index}]: only {this.used} elements may be written, but this one was.";
    }

    public override byte[] FoundBytes() => MemoryMarshal.AsBytes(this.Found).ToArray();
}

/// <summary>Codes that an operation writes.</summary>
internal sealed record WorkbenchCodes(
    SparseCodes Codes, WorkbenchBuffer<int> RowOffsets, WorkbenchBuffer<int> Indices, WorkbenchBuffer<float> Values);

/// <summary>A latent-major list that an operation reads or writes.</summary>
internal sealed record WorkbenchList(
    LatentMajorList List, WorkbenchBuffer<int> Offsets, WorkbenchBuffer<int> Rows, WorkbenchBuffer<float> Values);
