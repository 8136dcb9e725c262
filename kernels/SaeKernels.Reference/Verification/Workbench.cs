using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Buffers of a backend around one operation: outputs hold NaN before it, canaries lie behind every used range, inputs
/// must not change, and the operation runs twice and must give the same bits.
/// </summary>
internal sealed class Workbench : IDisposable
{
    private readonly IComputeBackend backend;
    private readonly Comparison comparison;
    private readonly List<WorkbenchBuffer> buffers = [];
    private readonly List<IDisposable> owned = [];

    public Workbench(IComputeBackend backend, Comparison comparison)
    {
        this.backend = backend;
        this.comparison = comparison;
    }

    public WorkbenchBuffer<float> Input(string name, float[] values) => Place(name, values, isConstant: true);

    public WorkbenchBuffer<float> InOut(string name, float[] values) => Place(name, values, isConstant: false);

    public WorkbenchBuffer<float> Output(string name, long length)
    {
        float[] unset = new float[length];
        Array.Fill(unset, float.NaN);
        return Place(name, unset, isConstant: false);
    }

    public WorkbenchBuffer<int> Ints(string name, int[] values, bool isConstant) =>
        Adopt(Own(this.backend.AllocateInt(name, values.Length + WorkbenchBuffer.Guard)), values, isConstant);

    public WorkbenchBuffer<long> Longs(string name, long[] values)
    {
        LongBuffer buffer = Own(this.backend.AllocateLong(name, values.Length + WorkbenchBuffer.Guard));
        return Add(new WorkbenchBuffer<long>(
            buffer, values, -1, isConstant: false, v => buffer.Upload(v), v => buffer.Download(v)));
    }

    /// <summary>Codes that the operation reads.</summary>
    public SparseCodes Codes(string name, HostCodes codes)
    {
        SparseCodes result = Own(new SparseCodes(
            this.backend, name, codes.Rows + WorkbenchBuffer.Guard, codes.Indices.Length + WorkbenchBuffer.Guard));
        Adopt(result.RowOffsets, codes.RowOffsets, isConstant: true);
        Adopt(result.Indices, codes.Indices, isConstant: true);
        Adopt(result.Values, codes.Values, isConstant: true);
        return result;
    }

    /// <summary>Codes whose values the operation changes.</summary>
    public (SparseCodes Codes, WorkbenchBuffer<float> Values) CodesInOut(string name, HostCodes codes)
    {
        SparseCodes result = Own(new SparseCodes(
            this.backend, name, codes.Rows + WorkbenchBuffer.Guard, codes.Indices.Length + WorkbenchBuffer.Guard));
        Adopt(result.RowOffsets, codes.RowOffsets, isConstant: true);
        Adopt(result.Indices, codes.Indices, isConstant: true);
        return (result, Adopt(result.Values, codes.Values, isConstant: false));
    }

    /// <summary>Codes that the operation writes.</summary>
    public WorkbenchCodes CodesOutput(string name, int rows, int entries)
    {
        SparseCodes codes = Own(new SparseCodes(
            this.backend, name, rows + WorkbenchBuffer.Guard, entries + WorkbenchBuffer.Guard));
        int[] unsetOffsets = new int[rows + 1];
        int[] unsetIndices = new int[entries];
        float[] unsetValues = new float[entries];
        Array.Fill(unsetOffsets, -1);
        Array.Fill(unsetIndices, -1);
        Array.Fill(unsetValues, float.NaN);
        return new WorkbenchCodes(
            codes,
            Adopt(codes.RowOffsets, unsetOffsets, isConstant: false),
            Adopt(codes.Indices, unsetIndices, isConstant: false),
            Adopt(codes.Values, unsetValues, isConstant: false));
    }

    /// <summary>Codes that the operation has too little room in: only their offsets mean anything after it.</summary>
    public (SparseCodes Codes, WorkbenchBuffer<int> RowOffsets) CodesTooSmall(string name, int rows, int capacity)
    {
        SparseCodes codes = Own(new SparseCodes(this.backend, name, rows + WorkbenchBuffer.Guard, capacity));
        int[] unset = new int[rows + 1];
        Array.Fill(unset, -1);
        return (codes, Adopt(codes.RowOffsets, unset, isConstant: false));
    }

    /// <summary>
    /// A list of a given capacity with given entries; entries behind those are free where it is an output.
    /// </summary>
    public WorkbenchList List(HostList list, int capacity, bool isConstant)
    {
        LatentMajorList result = Own(new LatentMajorList(
            this.backend, list.Offsets.Length - 1, capacity + WorkbenchBuffer.Guard));
        return new WorkbenchList(
            result,
            Adopt(result.Offsets, list.Offsets, isConstant),
            Adopt(result.Rows, Extend(list.Rows, capacity), isConstant),
            Adopt(result.Values, Extend(list.Values, capacity), isConstant));
    }

    /// <summary>
    /// Runs the operation twice on fresh buffers and checks all that does not depend on the operation.
    /// </summary>
    public void Run(Action operation)
    {
        RunOnce(operation);
        byte[][] first = [.. this.buffers.Select(buffer => buffer.FoundBytes())];
        RunOnce(operation);
        for (int i = 0; i < first.Length; i++)
        {
            if (!first[i].AsSpan().SequenceEqual(this.buffers[i].FoundBytes()))
            {
                this.comparison.Fail(
                    $"{this.buffers[i].Name}: two runs must give the same bits, but gave different ones.");
            }
        }
    }

    public void Dispose() => this.owned.ForEach(item => item.Dispose());

    private void RunOnce(Action operation)
    {
        this.buffers.ForEach(buffer => buffer.Reset());
        operation();
        this.backend.Synchronize();
        foreach (WorkbenchBuffer buffer in this.buffers)
        {
            if (buffer.Collect() is string fault)
            {
                this.comparison.Fail(fault);
            }
        }
    }

    private WorkbenchBuffer<float> Place(string name, float[] values, bool isConstant) =>
        Adopt(Own(this.backend.AllocateReal(name, values.Length + WorkbenchBuffer.Guard)), values, isConstant);

    private WorkbenchBuffer<float> Adopt(RealBuffer buffer, float[] values, bool isConstant)
    {
        // A kernel that reads past its input meets NaN; one that writes past its output overwrites the canary.
        float canary = isConstant ? float.NaN : -1.2345678e30f;
        return Add(new WorkbenchBuffer<float>(
            buffer, values, canary, isConstant, v => buffer.Upload(v), v => buffer.Download(v)));
    }

    private WorkbenchBuffer<int> Adopt(IntBuffer buffer, int[] values, bool isConstant) =>
        Add(new WorkbenchBuffer<int>(buffer, values, -2, isConstant, v => buffer.Upload(v), v => buffer.Download(v)));

    private WorkbenchBuffer<T> Add<T>(WorkbenchBuffer<T> buffer)
        where T : unmanaged
    {
        this.buffers.Add(buffer);
        return buffer;
    }

    private T Own<T>(T item)
        where T : IDisposable
    {
        this.owned.Add(item);
        return item;
    }

    private static T[] Extend<T>(T[] values, int length) => [.. values, .. new T[length - values.Length]];
}
