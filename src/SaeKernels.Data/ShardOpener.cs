using SaeKernels.Files;

namespace SaeKernels.Data;

/// <summary>Finds the files that paths mean and opens each with its activations.</summary>
internal static class ShardOpener
{
    private const string DefaultTensor = "activations";

    public static List<string> Expand(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0)
        {
            throw new ArgumentException("ActivationStore: at least one path must be given, but there is none. Pass a "
                + "file or a folder.");
        }

        List<string> files = [];
        foreach (string path in paths)
        {
            if (Directory.Exists(path))
            {
                files.AddRange(FilesOf(path));
            }
            else
            {
                files.Add(path);
            }
        }

        RequireDistinct(files);
        return files;
    }

    public static List<ActivationShard> OpenAll(IReadOnlyList<string> files, ActivationStoreOptions options)
    {
        List<ActivationShard> shards = [];
        try
        {
            foreach (string path in files)
            {
                bool isLast = shards.Count == files.Count - 1;
                shards.Add(Open(path, options, isLast, shards.LastOrDefault()));
            }
        }
        catch
        {
            shards.ForEach(shard => shard.File.Dispose());
            throw;
        }

        return shards;
    }

    /// <summary>Throws where a file is named twice: a vector could then be trained on and held out.</summary>
    private static void RequireDistinct(List<string> files)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string file in files)
        {
            FileInfo info = new(file);
            string target = (info.LinkTarget is null ? null : info.ResolveLinkTarget(true)?.FullName) ?? info.FullName;
            if (!seen.Add(target))
            {
                throw new ArgumentException(
                    $"ActivationStore: every file must be named once, but {file} is named twice. Name it once, or the "
                    + "folder it lies in.");
            }
        }
    }

    private static string[] FilesOf(string folder)
    {
        string[] files =
        [
            .. Directory.EnumerateFiles(folder)
                .Where(file => Path.GetExtension(file) is SafetensorsFile.Extension or NpyFile.Extension)
                .Order(StringComparer.Ordinal),
        ];
        return files.Length > 0
            ? files
            : throw new FileNotFoundException(
                $"{folder}: must hold {NpyFile.Extension} or {SafetensorsFile.Extension} files, but holds none. "
                + "Check the path; folders inside it are not searched.",
                folder);
    }

    private static ActivationShard Open(
        string path,
        ActivationStoreOptions options,
        bool isLast,
        ActivationShard? before)
    {
        // Short files are let through to here, so that the message can count vectors.
        TensorFile file = SyntheticManifest.IsManifest(path)
            ? SyntheticManifest.OpenData(path)
            : TensorFile.Open(path, allowShort: true);
        try
        {
            TensorInfo tensor = FindTensor(file, options.TensorName);
            if (before is not null && before.Activations.Shape[1] != tensor.Shape[1])
            {
                throw new InvalidDataException(
                    $"{path}: vectors must have DIn = {before.Activations.Shape[1]} elements as in {before.Path}, "
                    + $"but have {tensor.Shape[1]}. Pass files of one width.");
            }

            long count = file.AvailableElements(tensor) / tensor.Shape[1];
            if (!isLast || !options.AllowShort)
            {
                RequireWhole(file, tensor, count, isLast);
            }

            return new ActivationShard(file, tensor, before is null ? 0 : before.FirstRow + before.Count, count);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static TensorInfo FindTensor(TensorFile file, string? tensorName)
    {
        TensorInfo tensor = file is NpyFile array ? array.Array : FindByName(file, tensorName);
        if (tensor.Shape.Count != 2 || tensor.Shape[1] is < 1 or > int.MaxValue)
        {
            throw new InvalidDataException(
                $"{file.Path}: '{tensor.Name}' must be a matrix [vectors, DIn] with DIn from 1 to {int.MaxValue}, "
                + $"but is {tensor.ShapeText}. Reshape it.");
        }

        return TensorTypes.IsFloat(tensor.Type)
            ? tensor
            : throw new InvalidDataException(
                $"{file.Path}: '{tensor.Name}' must be of type F32, F16, BF16 or F64, but is {tensor.Type}. "
                + "Convert it, or set TensorName to another tensor.");
    }

    private static TensorInfo FindByName(TensorFile file, string? tensorName)
    {
        if (file.Tensors.TryGetValue(tensorName ?? DefaultTensor, out TensorInfo? tensor))
        {
            return tensor;
        }

        string all = string.Join(", ", file.Tensors.Values.Select(t => $"'{t.Name}' {t.ShapeText}"));
        if (tensorName is not null)
        {
            throw new InvalidDataException(
                $"{file.Path}: must hold the tensor '{tensorName}', but holds {(all.Length == 0 ? "none" : all)}. "
                + "Set TensorName to one of them.");
        }

        TensorInfo[] candidates = [.. file.Tensors.Values.Where(t => t.Shape.Count == 2)];
        return candidates.Length == 1
            ? candidates[0]
            : throw new InvalidDataException(
                $"{file.Path}: must hold '{DefaultTensor}' or exactly one 2-D tensor, but holds "
                + $"{(all.Length == 0 ? "none" : all)}. Set TensorName to the one that is meant.");
    }

    private static void RequireWhole(TensorFile file, TensorInfo tensor, long count, bool isLast)
    {
        string remedy = isLast
            ? "Write the shard again, or set AllowShort to use what is there."
            : "Write the shard again; AllowShort concerns the last one only.";
        if (count < tensor.Shape[0])
        {
            throw new InvalidDataException($"{file.Path}: ends after {count} of {tensor.Shape[0]} vectors. {remedy}");
        }

        TensorInfo? cut = file.Tensors.Values.FirstOrDefault(t => file.AvailableElements(t) < t.ElementCount);
        if (cut is not null)
        {
            throw new InvalidDataException(
                $"{file.Path}: ends after {file.AvailableElements(cut)} of {cut.ElementCount} elements of "
                + $"'{cut.Name}'. "
                + remedy);
        }
    }
}
