namespace SaeKernels.Tests.Repository;

/// <summary>An operation of the contract: its stage, which is its folder in every place, and its name.</summary>
internal sealed record KernelOperation(string Stage, string Name)
{
    private const string Contract = "kernels/SaeKernels.Abstractions";
    private static readonly string[] Stages =
        ["Encoding", "Selection", "Decoding", "Gradients", "Optimizing", "Statistics"];

    /// <summary>Stage and name with a slash.</summary>
    public string Id => $"{this.Stage}/{this.Name}";

    /// <summary>Returns the operations, as the files of the contract name them.</summary>
    public static IReadOnlyList<KernelOperation> All() =>
    [
        .. RepositoryFiles.WithExtension(".cs")
            .Where(file => file.StartsWith($"{Contract}/", StringComparison.Ordinal))
            .Select(file => file[(Contract.Length + 1)..].Split('/'))
            .Where(parts => parts.Length == 2 && Stages.Contains(parts[0]))
            .Select(parts => new KernelOperation(parts[0], Path.GetFileNameWithoutExtension(parts[1]))),
    ];

    /// <summary>Returns the operation with an id.</summary>
    public static KernelOperation Parse(string id) => new(id.Split('/')[0], id.Split('/')[1]);
}
