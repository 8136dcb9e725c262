using System.Text.RegularExpressions;
using SaeKernels.Abstractions;

namespace SaeKernels.Tests.Repository;

/// <summary>An operation has one name in six places, a card in each backend, and a row in docs/kernels.md.</summary>
public class KernelOperationTests
{
    private static readonly string[] EveryCard = ["Computes", "Work", "Traffic", "Order", "Error", "Source"];
    private static readonly string[] LaunchCard = ["Launch", "Shared", "Barriers"];

    // The documentation comment directly above each class or struct, attributes between them allowed.
    private static readonly Regex TypeComment = new(
        @"(?<card>(^[ \t]*///.*\n)+)(^[ \t]*\[.*\n)*^[ \t]*[a-z ]*\b(class|struct)\b", RegexOptions.Multiline);

    public static TheoryData<string> Operations { get; } = [.. KernelOperation.All().Select(operation => operation.Id)];

    [Fact]
    public void The_contract_has_one_file_for_each_operation_of_the_interface()
    {
        IEnumerable<string> methods = typeof(IComputeBackend).GetMethods()
            .Where(method => method.GetParameters() is [{ ParameterType: { IsByRef: true } type }]
                && type.GetElementType()!.Name == $"{method.Name}Arguments")
            .Select(method => method.Name);

        Assert.Equal(methods.Order(), KernelOperation.All().Select(operation => operation.Name).Order());
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void An_operation_has_its_file_in_six_places(string id)
    {
        string[] places =
        [
            $"kernels/SaeKernels.Abstractions/{id}.cs",
            $"kernels/SaeKernels.Reference/{id}.cs",
            $"kernels/SaeKernels.Cpu/{id}.cs",
            $"kernels/SaeKernels.Ilgpu/{id}.cs",
            $"tests/SaeKernels.Kernels.Tests/{id}Tests.cs",
            $"bench/SaeKernels.Benchmarks/{id}Benchmarks.cs",
        ];

        Rule.Holds(
            $"{id} has one file in each of six places",
            "Write the missing ones.",
            places.Where(place => !File.Exists(RepositoryFiles.PathOf(place))));
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void An_operation_has_a_full_row_in_the_page_of_kernels(string id)
    {
        string name = KernelOperation.Parse(id).Name;
        string[]? row = MarkdownTable.Read("docs/kernels.md", "operation").SingleOrDefault(cells => cells[0] == name);

        Assert.True(row is not null, $"docs/kernels.md: must have a row for {name}, but has none. Add it.");
        Assert.Equal(8, row.Length);
        Assert.DoesNotContain(row, string.IsNullOrWhiteSpace);
    }

    [Theory]
    [MemberData(nameof(Operations))]
    public void An_operation_has_a_card_in_each_backend(string id)
    {
        RequireCard($"kernels/SaeKernels.Reference/{id}.cs", EveryCard);
        RequireCard($"kernels/SaeKernels.Cpu/{id}.cs", EveryCard);
        RequireCard($"kernels/SaeKernels.Ilgpu/{id}.cs", [.. EveryCard, .. LaunchCard]);
    }

    private static void RequireCard(string file, string[] labels)
    {
        Assert.True(File.Exists(RepositoryFiles.PathOf(file)), $"{file}: must exist, but does not. Write it.");
        string[] cards =
            [.. TypeComment.Matches(RepositoryFiles.Read(file)).Select(match => match.Groups["card"].Value)];
        Rule.Holds(
            $"{file}: the comment on its class is a card with the labels {string.Join(", ", labels)}",
            "Add what is missing, as CONTRIBUTING.md shows it.",
            labels.Where(label => !cards.Any(card => Regex.IsMatch(card, $@"(///|\s{{2}})\s*{label}\s{{2,}}\S"))));
    }
}
