namespace SaeKernels.Files;

/// <summary>Finds the tensors that a pickled dictionary of PyTorch tells of.</summary>
/// <param name="path">What messages call the file.</param>
/// <param name="folder">What the names of storages begin with.</param>
/// <param name="entries">Where the entries of the archive lie.</param>
internal sealed class TorchState(
    string path, string folder, IReadOnlyDictionary<string, (long Offset, long Length)> entries)
{
    private const string TensorFunction = "torch._utils._rebuild_tensor_v2";
    private const string ParameterFunction = "torch._utils._rebuild_parameter";

    private static readonly Dictionary<string, TensorType> Types = new(StringComparer.Ordinal)
    {
        ["torch.FloatStorage"] = TensorType.F32,
        ["torch.HalfStorage"] = TensorType.F16,
        ["torch.BFloat16Storage"] = TensorType.BF16,
        ["torch.DoubleStorage"] = TensorType.F64,
        ["torch.LongStorage"] = TensorType.I64,
        ["torch.IntStorage"] = TensorType.I32,
        ["torch.ShortStorage"] = TensorType.I16,
        ["torch.CharStorage"] = TensorType.I8,
        ["torch.ByteStorage"] = TensorType.U8,
        ["torch.BoolStorage"] = TensorType.Bool,
    };

    public Dictionary<string, TensorInfo> Tensors { get; } = new(StringComparer.Ordinal);

    public HashSet<string> ColumnMajor { get; } = new(StringComparer.Ordinal);

    /// <summary>What PyTorch calls a storage of some type.</summary>
    /// <exception cref="ArgumentException">It has none.</exception>
    public static string StorageOf(TensorType type) => Types.FirstOrDefault(known => known.Value == type).Key
        ?? throw new ArgumentException(
            $"TorchFile: the type must be one of {string.Join(", ", Types.Values)}, but is {type}. Convert it.");

    /// <exception cref="InvalidDataException">It tells of something else.</exception>
    public void Read(ReadOnlySpan<byte> pickle)
    {
        if (Pickle.Read(path, pickle) is not Dictionary<string, object?> state)
        {
            throw Broken("must be a dictionary of tensors, but is not");
        }

        foreach ((string name, object? value) in state)
        {
            PickledCall? call = value as PickledCall;
            if (call is { Function: ParameterFunction, Arguments: [PickledCall data, ..] })
            {
                call = data;
            }

            if (call?.Function == TensorFunction)
            {
                Add(name, call.Arguments);
            }
        }
    }

    private void Add(string name, List<object?> arguments)
    {
        if (arguments is not [
                PickledReference { Id: List<object?> and ["storage", PickledName storage, string key, ..] },
                long first,
                List<object?> sizes,
                List<object?> steps,
                ..])
        {
            throw Broken($"{name} must be a tensor as torch.save writes it, but is not");
        }

        if (!Types.TryGetValue(storage.Name, out TensorType type))
        {
            throw Broken($"{name} must be of type {string.Join(", ", Types.Keys)}, but is {storage.Name}");
        }

        long[] shape = [.. sizes.OfType<long>()];
        long[] strides = [.. steps.OfType<long>()];
        long length = TensorInfo.BytesOf(shape, type) ?? throw Broken($"{name} must fit a file, but does not");
        if (!entries.TryGetValue(folder + key, out (long Offset, long Length) entry)
            || first < 0
            || first > (entry.Length - length) / TensorTypes.SizeOf(type))
        {
            throw Broken($"{name} must lie inside its storage {key}, but does not");
        }

        if (!IsRowMajor(shape, strides))
        {
            if (shape.Length != 2 || !IsRowMajor([shape[1], shape[0]], [.. strides.Reverse()]))
            {
                throw Broken($"{name} must be stored row by row or column by column, but is not");
            }

            this.ColumnMajor.Add(name);
        }

        this.Tensors[name] =
            new TensorInfo(name, type, shape, entry.Offset + (first * TensorTypes.SizeOf(type)), length);
    }

    private static bool IsRowMajor(long[] shape, long[] strides)
    {
        long step = 1;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            if (strides.Length != shape.Length || (shape[i] > 1 && strides[i] != step))
            {
                return false;
            }

            step *= shape[i];
        }

        return true;
    }

    private InvalidDataException Broken(string fault) => new(
        $"{path}: {fault}. Save the state dictionary of the model, and nothing else.");
}
